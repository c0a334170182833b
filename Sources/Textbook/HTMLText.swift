// Text in HTML: escapes, by the HTML standard.

extension String {
    /// The text as HTML shows it, in an element or in an attribute in quotes: `&`, `<`, `>` and both quotes are
    /// escaped.
    ///
    /// It goes by scalars: a mark that joins a quote to one character ends an attribute all the same.
    public var escapedForHTML: String {
        guard utf8.contains(where: { Self.escape(of: Unicode.Scalar($0)) != nil }) else { return self }
        return unicodeScalars.reduce(into: "") { text, scalar in
            if let escape = Self.escape(of: scalar) { text += escape } else { text.unicodeScalars.append(scalar) }
        }
    }

    private static func escape(of scalar: Unicode.Scalar) -> String? {
        switch scalar {
        case "<": "&lt;"
        case ">": "&gt;"
        case "&": "&amp;"
        case "\"": "&quot;"
        case "'": "&#39;"
        default: nil
        }
    }
}
