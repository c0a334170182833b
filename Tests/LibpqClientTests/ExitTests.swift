// The end of a process while an I/O thread is still ending.

import Glibc
import LibpqClient
import Testing

@Suite("The end of the process")
struct ExitTests {
    @Test("libcrypto frees nothing at exit while I/O threads still use it")
    func libcryptoStays() async {
        await #expect(processExitsWith: .success) {
            _ = PostgresEventLoop()
            // libpq does this for a password. From here on libcrypto would clean up at exit.
            typealias RandomBytes = @convention(c) (UnsafeMutablePointer<UInt8>, CInt) -> CInt
            let randomBytes = unsafeBitCast(try #require(dlsym(nil, "RAND_bytes")), to: RandomBytes.self)
            var bytes: [UInt8] = [0]
            #expect(randomBytes(&bytes, 1) == 1)
            // libcrypto's clean-up calls this before it frees anything.
            typealias AtExit = @convention(c) (@convention(c) () -> Void) -> CInt
            let atExit = unsafeBitCast(try #require(dlsym(nil, "OPENSSL_atexit")), to: AtExit.self)
            #expect(atExit { _exit(3) } == 1)
            exit(0)
        }
    }
}
