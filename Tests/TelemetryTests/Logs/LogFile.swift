// A file that a log is written to, read back as JSON.

import Foundation
import Glibc

/// An unnamed temporary file. The log's lines are read back when the log is closed.
final class LogFile {
    let descriptor: Int32
    private let stream: UnsafeMutablePointer<FILE>

    init() {
        stream = tmpfile()!
        descriptor = fileno(stream)
    }

    deinit {
        fclose(stream)
    }

    var text: String {
        var bytes: [UInt8] = []
        lseek(descriptor, 0, SEEK_SET)
        var chunk = [UInt8](repeating: 0, count: 65_536)
        while true {
            let size = read(descriptor, &chunk, chunk.count)
            guard size > 0 else { break }
            bytes += chunk[..<size]
        }
        return String(decoding: bytes, as: UTF8.self)
    }

    /// Every line as an object. Throws if one is not.
    func objects() throws -> [[String: Any]] {
        try text.split(separator: "\n").map { line in
            let object = try JSONSerialization.jsonObject(with: Data(line.utf8))
            guard let members = object as? [String: Any] else { throw UnexpectedValue() }
            return members
        }
    }
}
