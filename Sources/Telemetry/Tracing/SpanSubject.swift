// The texts of a span beyond its name, behind one reference, so that a span without them costs nothing.

/// A statement's or a library's own name, and the statement's text.
public final class SpanSubject: Sendable {
    public let name: String
    /// The parameterised text of a statement; empty where it is not to be shown.
    public let text: String

    public init(_ name: String, text: String = "") {
        self.name = name
        self.text = text
    }
}
