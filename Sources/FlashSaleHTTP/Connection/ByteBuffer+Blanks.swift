// The white space at the ends of a head's lines.

internal import Glibc
internal import NIOCore

extension ByteBuffer {
    /// Turns tabs at the ends of a head's lines into blanks, up to the empty line behind it. A recipient may do so (RFC
    /// 9110, section 5.6.3), and the parser knows blanks there alone: with a tab it takes `chunked` for another coding,
    /// and a length for no number.
    mutating func blankTabsAtLineEnds() {
        guard hasTab else { return }
        withUnsafeMutableReadableBytes { bytes in
            var start = 0
            while let end = bytes[start...].firstIndex(of: UInt8(ascii: "\n")) {
                var last = end - 1
                if last >= start, bytes[last] == UInt8(ascii: "\r") { last -= 1 }
                // Behind the empty line stands no head.
                guard last >= start else { return }
                while last > start, bytes[last] == Self.tab || bytes[last] == UInt8(ascii: " ") {
                    bytes[last] = UInt8(ascii: " ")
                    last -= 1
                }
                start = end + 1
            }
        }
    }

    private var hasTab: Bool {
        withUnsafeReadableBytes { bytes in
            bytes.baseAddress.map { memchr($0, Int32(Self.tab), bytes.count) != nil } ?? false
        }
    }

    private static let tab = UInt8(ascii: "\t")
}
