// libpq's cryptography must not clean up when the process ends.
//
// libcrypto frees its memory in an exit handler, while other threads may still use it. An I/O thread that ends then
// runs libcrypto's destructor of thread data, which locks and frees the same memory again. This corrupts the heap, and
// a process that had succeeded dies of SIGABRT or SIGSEGV. The kernel takes the memory back anyway.

internal import Glibc

enum Libcrypto {
    /// OPENSSL_INIT_NO_ATEXIT of `openssl/crypto.h`.
    private static let noExitHandler: UInt64 = 0x0008_0000

    private static let staysUntilTheEnd: Void = {
        // Looked up by name, because libpq links libcrypto and this module does not. A libpq without it needs no call.
        guard let symbol = dlsym(nil, "OPENSSL_init_crypto") else { return }
        typealias Initialize = @convention(c) (UInt64, OpaquePointer?) -> CInt
        _ = unsafeBitCast(symbol, to: Initialize.self)(noExitHandler, nil)
    }()

    /// Must come before any other use of libcrypto in the process, since the first use registers the handler.
    static func stayUntilTheEnd() { staysUntilTheEnd }
}
