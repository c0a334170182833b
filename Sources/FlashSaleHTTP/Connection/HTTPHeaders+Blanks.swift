// The white space around the values of fields.

internal import NIOHTTP1
internal import Textbook

extension HTTPHeaders {
    /// Takes the white space from the ends of values, of which it is no part (RFC 9110, section 5.5). The parser leaves
    /// it, and takes `close` with a tab behind it for a word that it does not know.
    mutating func trimBlanks() {
        guard contains(where: { $0.value.utf8.last == 0x20 || $0.value.utf8.last == 0x09 }) else { return }
        self = HTTPHeaders(map { ($0.name, String($0.value[...].trimmingBlanks())) })
    }
}
