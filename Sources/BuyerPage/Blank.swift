// Texts that a template has rendered once, with places left open. To fill them in costs a copy, where to render costs a
// search for each name.

internal import Textbook

/// A rendered text with open places.
struct Blank: Sendable {
    /// A place in the text. What comes there is markup, or text that is escaped: as the template says.
    private struct Place {
        let name: String
        let isMarkup: Bool
        /// The bytes of the text before it.
        let offset: Int
    }

    /// The text without its places.
    private let text: [UInt8]
    private let places: [Place]

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
        let pieces = text.utf8.split(separator: Self.mark, omittingEmptySubsequences: false).map { Substring($0) }
        var bytes = Array(pieces[0].utf8)
        var places: [Place] = []
        for piece in pieces.dropFirst() {
            let isMarkup = piece.hasPrefix("<")
            let (start, end) = isMarkup ? ("<", ">") : ("&lt;", "&gt;")
            guard piece.hasPrefix(start), let close = piece.firstRange(of: end) else {
                preconditionFailure("a place is left open by no name: \(piece.prefix(40))")
            }
            let name = String(piece[..<close.lowerBound].dropFirst(start.count))
            places.append(Place(name: name, isMarkup: isMarkup, offset: bytes.count))
            bytes += piece[close.upperBound...].utf8
        }
        self.text = bytes
        self.places = places
    }

    /// The text with its places filled in. A place without a value stays empty.
    ///
    /// - Parameters:
    ///   - texts: so few that to look at each is quicker than to hash a name.
    ///   - markup: what other blanks have become.
    func filled(
        _ texts: KeyValuePairs<String, String>, markup: KeyValuePairs<String, [UInt8]> = [:]
    ) -> [UInt8] {
        var bytes: [UInt8] = []
        // Several places may have the same text.
        let own = texts.reduce(0) { $0 + $1.value.utf8.count } * 2
        bytes.reserveCapacity(text.count + own + markup.reduce(0) { $0 + $1.value.count })
        var start = 0
        for place in places {
            bytes += text[start..<place.offset]
            start = place.offset
            if let text = texts.first(where: { $0.key == place.name })?.value {
                if place.isMarkup { bytes += text.utf8 } else { bytes.append(escapingForHTML: text) }
            } else if let markup = markup.first(where: { $0.key == place.name })?.value {
                precondition(place.isMarkup, "the template escapes \(place.name)")
                bytes += markup
            }
        }
        bytes += text[start...]
        return bytes
    }
}
