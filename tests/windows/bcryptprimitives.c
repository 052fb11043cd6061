/* The one function of bcryptprimitives.dll that Rust's standard library calls, for Wine 8, which lacks it.
   In the Wine prefix of the tests only: no part of mailmuster. */
#include <windows.h>
#include <ntsecapi.h>

__declspec(dllexport) BOOL WINAPI ProcessPrng(PBYTE data, SIZE_T size)
{
    return RtlGenRandom(data, (ULONG)size);
}
