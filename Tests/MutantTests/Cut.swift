// A piece of SQL or Lua, and what stands in its place when a guard is taken out.

/// A change of a text. It must fit exactly once: a cut that fits nowhere would leave the guard in.
struct Cut: Sendable {
    let text: String
    let replacement: String

    init(_ text: String, _ replacement: String = "") {
        self.text = text
        self.replacement = replacement
    }

    /// How often the text is in another.
    func count(in source: String) -> Int { source.ranges(of: text).count }

    func applied(to source: String) -> String { source.replacing(text, with: replacement) }
}

/// A mutant that is none: a cut that does not fit, SQL that Postgres cannot read.
struct BrokenMutant: Error, CustomStringConvertible {
    let description: String

    init(_ description: String) {
        self.description = description
    }
}
