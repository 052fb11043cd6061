#!/usr/bin/env python3
"""Loopback mail servers, sound and faulty, for the connection test of Set-MailAccount.ps1.

  servers.py DIR      makes a CA and certificates in DIR, starts every server on a free port of
                      127.0.0.1 (one on ::1), writes DIR/servers.json, prints "ready", and serves until stdin is closed.
Point .NET at DIR/ca.pem with SSL_CERT_FILE before pwsh starts.
Each entry: name -> {port, kind, security, host, ok, step}; ok and step are what a right test reports.
"""
import json, os, socket, ssl, subprocess, sys, threading, time

D = sys.argv[1] if len(sys.argv) > 1 else '.'
os.makedirs(D, exist_ok=True)


def sh(*a, **k):
    subprocess.run(a, check=True, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL, **k)


def make_certs():
    p = lambda n: os.path.join(D, n)
    if os.path.exists(p('expired.pem')):
        return
    open(p('ca.cnf'), 'w').write("""[ca]
default_ca=d
[d]
database=%s
new_certs_dir=%s
serial=%s
default_md=sha256
policy=pol
rand_serial=yes
copy_extensions=copy
unique_subject=no
[pol]
commonName=supplied
""" % (p('index.txt'), D, p('serial')))
    open(p('index.txt'), 'w').close()
    sh('openssl', 'req', '-x509', '-newkey', 'rsa:2048', '-nodes', '-keyout', p('ca.key'), '-out', p('ca.pem'), '-days', '3650',
       '-subj', '/CN=loopback test CA', '-addext', 'keyUsage=critical,keyCertSign,cRLSign')
    for name, san, start, end in (('good', 'DNS:localhost,DNS:ip6-localhost,DNS:onlysix.test,IP:127.0.0.1', '20200101000000Z', '20490101000000Z'),
                                  ('wrong', 'DNS:other.example', '20200101000000Z', '20490101000000Z'),
                                  ('expired', 'DNS:localhost', '20200101000000Z', '20210101000000Z'),
                                  ('future', 'DNS:localhost', '20480101000000Z', '20490101000000Z')):
        sh('openssl', 'req', '-newkey', 'rsa:2048', '-nodes', '-keyout', p(name + '.key'), '-out', p(name + '.csr'), '-subj', '/CN=' + san.split(',')[0][4:],
           '-addext', 'subjectAltName=' + san, '-addext', 'extendedKeyUsage=serverAuth')
        sh('openssl', 'ca', '-batch', '-config', p('ca.cnf'), '-cert', p('ca.pem'), '-keyfile', p('ca.key'), '-in', p(name + '.csr'), '-out', p(name + '.pem'),
           '-startdate', start, '-enddate', end, '-notext')
    sh('openssl', 'req', '-x509', '-newkey', 'rsa:2048', '-nodes', '-keyout', p('self.key'), '-out', p('self.pem'), '-days', '3650', '-subj', '/CN=localhost',
       '-addext', 'subjectAltName=DNS:localhost')


def ctx(name='good', most=None):
    c = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    c.load_cert_chain(os.path.join(D, name + '.pem'), os.path.join(D, name + '.key'))
    if most:
        c.minimum_version = ssl.TLSVersion.TLSv1
        c.set_ciphers('ALL:@SECLEVEL=0')
        c.maximum_version = most
    return c


def lines(conn):
    buf = b''
    while True:
        d = conn.recv(1)
        if not d:
            return
        buf += d
        if d == b'\n':
            yield buf.rstrip(b'\r\n').decode('latin-1')
            buf = b''


def imap(conn, hello=b'* OK ready\r\n', caps='IMAP4rev1', caps_tls=None, cert='good', starttls=False, st_extra=b'', st_answer=b'a OK begin\r\n',
         capa_raw=None, implicit=None):
    if implicit:
        conn = ctx(implicit).wrap_socket(conn, server_side=True)
    conn.sendall(hello)
    secured = bool(implicit)
    for l in lines(conn):
        w = l.split(' ')
        cmd = w[1].upper() if len(w) > 1 else ''
        if cmd == 'CAPABILITY':
            if capa_raw is not None:
                conn.sendall(capa_raw)
                continue
            c = caps_tls if (secured and caps_tls) else caps
            conn.sendall(('* CAPABILITY %s\r\n%s OK done\r\n' % (c, w[0])).encode())
        elif cmd == 'STARTTLS':
            conn.sendall(st_answer + st_extra)
            if st_answer.startswith(b'a OK'):
                conn = ctx(cert).wrap_socket(conn, server_side=True)
                secured = True
                return imap(conn, b'', caps_tls or caps, caps_tls)
        elif cmd == 'LOGOUT':
            conn.sendall(b'* BYE\r\n' + w[0].encode() + b' OK\r\n')
            break
        else:
            conn.sendall(w[0].encode() + b' BAD\r\n')
    conn.close()


def pop(conn, hello=b'+OK ready\r\n', capa=b'+OK\r\nTOP\r\nUSER\r\nUIDL\r\n.\r\n', capa_tls=None, implicit=None, cert='good', stls=b'+OK go\r\n'):
    if implicit:
        conn = ctx(implicit).wrap_socket(conn, server_side=True)
    conn.sendall(hello)
    for l in lines(conn):
        cmd = l.split(' ')[0].upper()
        if cmd == 'CAPA':
            conn.sendall(capa)
        elif cmd == 'STLS':
            conn.sendall(stls)
            if stls.startswith(b'+OK'):
                return pop(ctx(cert).wrap_socket(conn, server_side=True), b'', capa_tls or capa)
        elif cmd == 'QUIT':
            conn.sendall(b'+OK bye\r\n')
            break
        else:
            conn.sendall(b'-ERR what\r\n')
    conn.close()


def smtp(conn, hello=b'220 localhost ESMTP\r\n', ehlo=b'250-localhost\r\n250-STARTTLS\r\n250 AUTH PLAIN LOGIN\r\n', ehlo_tls=None, implicit=None, cert='good',
         st=b'220 go\r\n', st_extra=b''):
    if implicit:
        conn = ctx(implicit).wrap_socket(conn, server_side=True)
    conn.sendall(hello)
    for l in lines(conn):
        cmd = l.split(' ')[0].upper()
        if cmd == 'EHLO':
            conn.sendall(ehlo)
        elif cmd == 'STARTTLS':
            conn.sendall(st + st_extra)
            if st.startswith(b'220'):
                return smtp(ctx(cert).wrap_socket(conn, server_side=True), b'', ehlo_tls or ehlo)
        elif cmd == 'QUIT':
            conn.sendall(b'221 bye\r\n')
            break
        else:
            conn.sendall(b'500 what\r\n')
    conn.close()


def silent(conn):
    while conn.recv(4096):
        pass


def drip(conn, data, pause):
    for b in data:
        conn.sendall(bytes([b]))
        time.sleep(pause)
    silent(conn)


def tls_then(conn, f, **k):
    f(ctx('good').wrap_socket(conn, server_side=True), **k)


def flood(conn, chunk):
    try:
        while True:
            conn.sendall(chunk)
    except OSError:
        pass


def old_tls(conn, v):
    imap(ctx('good', v).wrap_socket(conn, server_side=True))


def after_hello_flood(conn, chunk):
    conn.sendall(b'* OK hi\r\n')
    for _ in lines(conn):
        return flood(conn, chunk)


def rst(conn):
    import struct
    conn.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack('ii', 1, 0))
    conn.close()


def hello_then_silent(conn, hello):
    conn.sendall(hello)
    silent(conn)


S = []


def add(name, kind, security, ok, step, fn, host='localhost', bind='127.0.0.1', **k):
    S.append(dict(name=name, kind=kind, security=security, ok=ok, step=step, fn=fn, host=host, bind=bind, k=k))


# --- sound
add('imap-tls', 'imap', 'tls', True, '', imap, implicit='good')
add('imap-starttls', 'imap', 'starttls', True, '', imap, caps='IMAP4rev1 STARTTLS LOGINDISABLED', caps_tls='IMAP4rev1 AUTH=PLAIN')
add('imap-plain', 'imap', 'none', True, '', imap)
add('imap-caps-in-greeting', 'imap', 'tls', True, '', imap, implicit='good', hello=b'* OK [CAPABILITY IMAP4rev1 LOGINDISABLED] hi\r\n', caps='IMAP4rev1 AUTH=PLAIN')
add('imap-logindisabled-authplain', 'imap', 'tls', True, '', imap, implicit='good', caps='IMAP4rev1 LOGINDISABLED AUTH=PLAIN')
add('pop-tls', 'pop', 'tls', True, '', pop, implicit='good')
add('pop-stls', 'pop', 'starttls', True, '', pop)
add('pop-plain', 'pop', 'none', True, '', pop)
add('pop-capa-err', 'pop', 'tls', True, '', pop, implicit='good', capa=b'-ERR unknown\r\n')
add('pop-sasl', 'pop', 'tls', True, '', pop, implicit='good', capa=b'+OK\r\nSASL CRAM-MD5 PLAIN\r\n.\r\n')
add('smtp-starttls', 'smtp', 'starttls', True, '', smtp)
add('smtp-tls', 'smtp', 'tls', True, '', smtp, implicit='good')
add('smtp-plain', 'smtp', 'none', True, '', smtp)
add('smtp-multi-greeting', 'smtp', 'starttls', True, '', smtp, hello=b'220-localhost ESMTP\r\n220-no spam\r\n220 ready\r\n')
add('smtp-auth-old', 'smtp', 'starttls', True, '', smtp, ehlo=b'250-localhost\r\n250-STARTTLS\r\n250 AUTH=LOGIN PLAIN\r\n')
add('smtp-220-bare', 'smtp', 'starttls', True, '', smtp, hello=b'220\r\n')
add('lf-only', 'imap', 'none', True, '', imap, hello=b'* OK hi\n')
add('imap-lower', 'imap', 'none', True, '', imap, hello=b'* ok hi\r\n', capa_raw=b'* capability imap4rev1\r\nA ok done\r\n')
add('v6-only-listener', 'imap', 'tls', True, '', imap, bind='::1', implicit='good')
# --- faults
add('refused', 'imap', 'tls', False, 'connection', None)
add('silent-plain', 'imap', 'none', False, 'greeting', silent)
add('silent-tls', 'imap', 'tls', False, 'tls', silent)
add('silent-after-hello', 'imap', 'none', False, 'sign-in', hello_then_silent, hello=b'* OK hi\r\n')
add('silent-starttls-reply', 'smtp', 'starttls', False, 'starttls', hello_then_silent, hello=b'220 hi\r\n')
add('garbage-line', 'imap', 'none', False, 'greeting', hello_then_silent, hello=b'garbage here\r\n')
add('garbage-close', 'imap', 'none', False, 'greeting', lambda c: (c.sendall(b'garbage here\r\n'), c.close()))
add('http', 'smtp', 'none', False, 'greeting', lambda c: (c.sendall(b'HTTP/1.1 400 Bad Request\r\nContent-Length: 0\r\n\r\n'), c.close()))
add('garbage-binary', 'pop', 'none', False, 'greeting', lambda c: (c.sendall(bytes(range(256)) * 3), c.close()))
add('close', 'imap', 'none', False, 'greeting', lambda c: c.close())
add('close-tls', 'imap', 'tls', False, 'tls', lambda c: c.close())
add('reset', 'imap', 'none', False, 'greeting', rst)
add('reset-tls', 'imap', 'tls', False, 'tls', rst)
add('cert-wrong-name', 'imap', 'tls', False, 'tls', imap, implicit='wrong')
add('cert-expired', 'imap', 'tls', False, 'tls', imap, implicit='expired')
add('cert-future', 'imap', 'tls', False, 'tls', imap, implicit='future')
add('cert-self', 'imap', 'tls', False, 'tls', imap, implicit='self')
add('starttls-cert-wrong', 'smtp', 'starttls', False, 'tls', smtp, cert='wrong')
add('tls10-only', 'imap', 'tls', False, 'tls', old_tls, v=ssl.TLSVersion.TLSv1)
add('tls-server-on-starttls', 'imap', 'starttls', False, 'greeting', tls_then, f=imap)
add('tls-server-on-starttls-smtp', 'smtp', 'starttls', False, 'greeting', tls_then, f=smtp)
add('tls-server-on-none', 'smtp', 'none', False, 'greeting', tls_then, f=smtp)
add('starttls-server-on-tls', 'smtp', 'tls', False, 'tls', smtp)
add('plain-imap-on-tls', 'imap', 'tls', False, 'tls', imap)
add('imap-bye', 'imap', 'none', False, 'greeting', imap, hello=b'* BYE too busy\r\n')
add('imap-preauth', 'imap', 'none', False, 'greeting', imap, hello=b'* PREAUTH hi\r\n')
add('smtp-554', 'smtp', 'starttls', False, 'greeting', smtp, hello=b'554 5.7.1 your address is listed\r\n')
add('smtp-554-multi', 'smtp', 'starttls', False, 'greeting', smtp, hello=b'554-your address\r\n554 is listed\r\n')
add('imap-on-smtp', 'smtp', 'none', False, 'greeting', imap)
add('smtp-on-imap', 'imap', 'none', False, 'greeting', smtp)
add('pop-on-imap', 'imap', 'tls', False, 'greeting', pop, implicit='good')
add('imap-logindisabled', 'imap', 'tls', False, 'sign-in', imap, implicit='good', caps='IMAP4rev1 LOGINDISABLED AUTH=XOAUTH2')
add('imap-capa-bad', 'imap', 'none', False, 'sign-in', imap, capa_raw=b'a BAD no\r\n')
add('imap-capa-bye', 'imap', 'none', False, 'sign-in', imap, capa_raw=b'* BYE going down\r\n')
add('pop-no-user', 'pop', 'tls', False, 'sign-in', pop, implicit='good', capa=b'+OK\r\nTOP\r\nSASL XOAUTH2\r\n.\r\n')
add('pop-impl-plain', 'pop', 'tls', False, 'sign-in', pop, implicit='good', capa=b'+OK\r\nSASL XOAUTH2\r\nIMPLEMENTATION plain-old multi user POP3\r\n.\r\n')
add('smtp-no-auth', 'smtp', 'starttls', False, 'sign-in', smtp, ehlo=b'250-localhost\r\n250 STARTTLS\r\n')
add('smtp-auth-xoauth2-only', 'smtp', 'starttls', False, 'sign-in', smtp, ehlo=b'250-localhost\r\n250-STARTTLS\r\n250 AUTH XOAUTH2\r\n')
add('smtp-auth-empty', 'smtp', 'starttls', False, 'sign-in', smtp, ehlo=b'250-localhost\r\n250-AUTH\r\n250 STARTTLS\r\n')
add('imap-xoauth-only', 'imap', 'tls', False, 'sign-in', imap, implicit='good', caps='IMAP4rev1 LOGINDISABLED AUTH=XOAUTH2 AUTH=PLAIN-CLIENTTOKEN')
add('smtp-no-starttls', 'smtp', 'starttls', False, 'starttls', smtp, ehlo=b'250-localhost\r\n250 AUTH PLAIN\r\n', st=b'502 no\r\n')
add('imap-starttls-no', 'imap', 'starttls', False, 'starttls', imap, st_answer=b'a NO no\r\n')
add('pop-stls-err', 'pop', 'starttls', False, 'starttls', pop, stls=b'-ERR no\r\n')
add('imap-starttls-inject', 'imap', 'starttls', False, 'tls', imap, st_extra=b'* CAPABILITY IMAP4rev1\r\na OK injected\r\n')
add('smtp-starttls-inject', 'smtp', 'starttls', False, 'tls', smtp, st_extra=b'250-AUTH PLAIN\r\n250 ok\r\n')
add('endless-line', 'imap', 'none', False, 'greeting', flood, chunk=b'A' * 4096)
add('endless-lines', 'imap', 'none', False, 'greeting', flood, chunk=b'x\r\n' * 1000)
add('endless-untagged', 'imap', 'none', False, 'sign-in', after_hello_flood, chunk=b'* x\r\n' * 100)
add('escapes', 'imap', 'none', False, 'greeting', imap, hello=b'* BYE \x1b]0;pwn\x07\x1b[31mred\x1b[0m \x9b2J \xc3\xa9 \x00 $(id) `id`\r\n')
add('long-answer', 'imap', 'none', False, 'greeting', imap, hello=b'* BYE ' + b'z' * 8000 + b'\r\n')
add('drip', 'imap', 'none', False, 'greeting', drip, data=b'* OK this is a slow greeting that never comes to its end ....', pause=0.5)
add('full-backlog', 'imap', 'none', False, 'connection', 'full')

keep = []


def serve(e, sock):
    while True:
        try:
            c, _ = sock.accept()
        except OSError:
            return

        def go(c=c):
            try:
                e['fn'](c, **e['k'])
            except Exception as x:
                print(e['name'], type(x).__name__, x, file=sys.stderr, flush=True)
            finally:
                try:
                    c.close()
                except OSError:
                    pass
        threading.Thread(target=go, daemon=True).start()


def main():
    make_certs()
    out = {}
    for e in S:
        six = e['bind'] == '::1'
        try:
            s = socket.socket(socket.AF_INET6 if six else socket.AF_INET)
            s.bind((e['bind'], 0))
        except OSError:
            continue  # no IPv6 here
        port = s.getsockname()[1]
        keep.append(s)  # bound and not listening: nobody else gets it, and it refuses
        if e['fn'] is not None:
            if e['fn'] == 'full':
                s.listen(0)
                for _ in range(4):
                    c = socket.socket()
                    c.setblocking(False)
                    try:
                        c.connect((e['bind'], port))
                    except BlockingIOError:
                        pass
                    keep.append(c)
            else:
                s.listen(64)
                threading.Thread(target=serve, args=(e, s), daemon=True).start()
        out[e['name']] = dict(port=port, kind=e['kind'], security=e['security'], host=e['host'], ok=e['ok'], step=e['step'])
    with open(os.path.join(D, 'servers.new'), 'w') as f:
        json.dump(out, f, indent=1)
    os.rename(os.path.join(D, 'servers.new'), os.path.join(D, 'servers.json'))
    print('ready', flush=True)
    sys.stdin.read()


main()
