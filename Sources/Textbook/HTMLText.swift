// Text in HTML: escapes, by the HTML standard. They go by bytes: a mark that joins a quote to one character ends an
// attribute all the same.

extension String {
    /// The text as HTML shows it, in an element or in an attribute in quotes: `&`, `<`, `>` and both quotes are
    /// escaped.
    public var escapedForHTML: String {
        guard utf8.contains(where: { $0.htmlEscape != nil }) else { return self }
        var bytes: [UInt8] = []
        bytes.append(escapingForHTML: self)
        return String(decoding: bytes, as: UTF8.self)
    }
}

extension [UInt8] {
    /// Appends a text as HTML shows it.
    public mutating func append(escapingForHTML text: String) {
        var text = text
        text.withUTF8 { text in
            guard text.contains(where: { $0.htmlEscape != nil }) else { return append(contentsOf: text) }
            for byte in text {
                if let escape = byte.htmlEscape { append(contentsOf: escape.utf8) } else { append(byte) }
            }
        }
    }
}

extension UInt8 {
    fileprivate var htmlEscape: String? {
        switch self {
        case UInt8(ascii: "<"): "&lt;"
        case UInt8(ascii: ">"): "&gt;"
        case UInt8(ascii: "&"): "&amp;"
        case UInt8(ascii: "\""): "&quot;"
        case UInt8(ascii: "'"): "&#39;"
        default: nil
        }
    }
}
