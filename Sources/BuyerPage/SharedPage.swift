// A page of the many visitors of whom nothing is on it. It is rendered once for all of them, and costs each a copy.

public import Textbook

/// A page in the parts around what differs between two visitors: the time and the key of its forms.
public struct SharedPage: Sendable {
    private static let key = "@key"

    private enum Part {
        case text([UInt8])
        case now
        case key
    }

    private let parts: [Part]
    private let byteCount: Int

    /// - Parameter view: the page of any visitor that has no line, cart, notice or order.
    public init(_ view: PageView, grid: some Sequence<UInt8>, in language: Language) {
        var view = view
        view.key = Self.key
        let text = String(decoding: PageTemplates.of(language).page(view, grid: grid), as: UTF8.self)
        var parts: [Part] = []
        for (place, piece) in text.split(separator: "data-now=\"\(view.now.milliseconds)\"").enumerated() {
            if place > 0 { parts += [.text(Array("data-now=\"".utf8)), .now, .text(Array("\"".utf8))] }
            for (place, piece) in piece.split(separator: "\"\(Self.key)\"").enumerated() {
                if place > 0 { parts += [.text(Array("\"".utf8)), .key, .text(Array("\"".utf8))] }
                parts.append(.text(Array(piece.utf8)))
            }
        }
        self.parts = parts
        byteCount = text.utf8.count
    }

    /// The page of a visitor.
    ///
    /// - Parameter key: an identifier, which needs no escapes.
    public func bytes(now: UTCTime, key: String) -> [UInt8] {
        var bytes: [UInt8] = []
        bytes.reserveCapacity(byteCount + key.utf8.count)
        for part in parts {
            switch part {
            case .text(let text): bytes += text
            case .now: bytes += String(now.milliseconds).utf8
            case .key: bytes += key.utf8
            }
        }
        return bytes
    }
}
