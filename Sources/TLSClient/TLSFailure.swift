// Why there is no TLS with a server.

/// A sentence that names the file, the host or the bytes that will not do.
package struct TLSFailure: Error, CustomStringConvertible {
    package let description: String

    package init(_ description: String) {
        self.description = description
    }
}
