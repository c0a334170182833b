// libpq's cryptography, which is told not to tidy up when the process ends.
//
// libcrypto frees all that it holds in an exit handler, while other threads may still use it: an I/O thread that ends
// then runs libcrypto's destructor of thread data, which locks and frees what the handler has just freed. The heap is
// corrupted, and a process that had done its work well dies of SIGABRT or SIGSEGV. The kernel takes the memory anyway.

internal import Glibc

enum Libcrypto {
    /// OPENSSL_INIT_NO_ATEXIT of `openssl/crypto.h`.
    private static let noExitHandler: UInt64 = 0x0008_0000

    private static let staysUntilTheEnd: Void = {
        // Looked up by name: libpq links libcrypto, we do not, and a libpq without it needs nothing of this.
        guard let symbol = dlsym(nil, "OPENSSL_init_crypto") else { return }
        typealias Initialize = @convention(c) (UInt64, OpaquePointer?) -> CInt
        _ = unsafeBitCast(symbol, to: Initialize.self)(noExitHandler, nil)
    }()

    /// Must come before any other use of libcrypto in the process, since the first registers the handler.
    static func stayUntilTheEnd() { staysUntilTheEnd }
}
