// Files that are read whole, and what may be wrong with them.

internal import Glibc

/// What is wrong with a file, in one sentence without its content.
public struct FileProblem: Error, Hashable, Sendable, CustomStringConvertible {
    public let description: String

    /// The largest file of certificates or keys.
    private static let bytesMax = 256 * 1_024

    public init(_ description: String) {
        self.description = description
    }

    private init(_ path: String, errno: CInt) {
        self.init("\(path) cannot be read: \(String(cString: strerror(errno)))")
    }

    /// Reads a whole file, unless it is too large or no file at all.
    static func reading(_ path: String, bytesMax: Int = Self.bytesMax) throws(FileProblem) -> [UInt8] {
        // A pipe without a writer must not hold up the service.
        let file = open(path, O_RDONLY | O_NONBLOCK | O_CLOEXEC)
        guard file >= 0 else { throw FileProblem(path, errno: errno) }
        defer { close(file) }
        var facts = stat()
        guard fstat(file, &facts) == 0, facts.st_mode & S_IFMT == S_IFREG, facts.st_size <= bytesMax else {
            throw FileProblem("\(path) is no file of at most \(bytesMax) bytes")
        }
        // What is written to it from now on is left out.
        let size = Int(facts.st_size)
        var failure: CInt?
        let bytes = [UInt8](unsafeUninitializedCapacity: size) { buffer, count in
            while count < size {
                let rest = UnsafeMutableBufferPointer(rebasing: buffer[count...])
                let part = Glibc.read(file, rest.baseAddress, rest.count)
                if part < 0 { failure = errno }
                guard part > 0 else { return }
                count += part
            }
        }
        if let failure { throw FileProblem(path, errno: failure) }
        return bytes
    }
}
