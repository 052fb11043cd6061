/* Debian compiles LLVM's unwinder for glibc, whose headers turn fprintf into this function. musl does not have it.
 * The unwinder calls it only to describe an error before it aborts. */
#include <stdarg.h>
#include <stdio.h>

int __fprintf_chk(FILE *file, int flag, const char *format, ...);

int __fprintf_chk(FILE *file, int flag, const char *format, ...) {
  (void)flag;
  va_list values;
  va_start(values, format);
  int written = vfprintf(file, format, values);
  va_end(values);
  return written;
}
