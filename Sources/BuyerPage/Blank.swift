// Texts that a template has rendered once, with places left open. To fill them in costs a copy, where to render costs a
// search for each name.

internal import Textbook

/// A rendered text with open places.
struct Blank: Sendable {
    /// A place in the text. What comes there is markup, or text that is escaped: as the template says.
    private struct Place {
        let name: String
        let isMarkup: Bool
    }

    /// What stands before each place, and after the last.
    private let texts: [String]
    private let places: [Place]
    private let byteCount: Int

    /// Stands before the name of a place in a rendered text, and in no text of ours.
    private static let mark: UInt8 = 1

    /// A value for a template that keeps a place open. It is made to look different when it is escaped.
    static func open(_ name: String) -> String { "\u{1}<\(name)>" }

    /// - Parameter names: what the template asks for and is left open.
    init(_ template: PageTemplate, open names: [String], _ fields: [String: Any] = [:]) {
        var fields = fields
        for name in names { fields[name] = Self.open(name) }
        self.init(template.render(fields))
    }

    /// - Parameter text: has places as ``open(_:)`` makes them.
    init(_ text: String) {
        var pieces = text.utf8.split(separator: Self.mark, omittingEmptySubsequences: false).map { Substring($0) }
        var texts = [String(pieces.removeFirst())]
        var places: [Place] = []
        for piece in pieces {
            let isMarkup = piece.hasPrefix("<")
            let (start, end) = isMarkup ? ("<", ">") : ("&lt;", "&gt;")
            guard piece.hasPrefix(start), let close = piece.firstRange(of: end) else {
                preconditionFailure("a place is left open by no name: \(piece.prefix(40))")
            }
            places.append(
                Place(name: String(piece[..<close.lowerBound].dropFirst(start.count)), isMarkup: isMarkup))
            texts.append(String(piece[close.upperBound...]))
        }
        self.texts = texts
        self.places = places
        byteCount = texts.reduce(0) { $0 + $1.utf8.count }
    }

    /// The text with its places filled in. A place without a value stays empty.
    ///
    /// - Parameter values: so few that to look at each is quicker than to hash a name.
    func filled(_ values: KeyValuePairs<String, String>) -> String {
        var text = ""
        text.reserveCapacity(byteCount + values.reduce(0) { $0 + $1.value.utf8.count } * 2)
        text += texts[0]
        for (place, next) in zip(places, texts.dropFirst()) {
            if let value = values.first(where: { $0.key == place.name })?.value {
                text += place.isMarkup ? value : value.escapedForHTML
            }
            text += next
        }
        return text
    }
}
