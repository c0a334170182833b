// A piece of SQL or Lua, and its replacement in a mutant.

/// A change of a text. It must fit exactly once: if it fits nowhere, the guard stays.
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

/// Something that is no mutant: a cut that does not fit, or SQL that Postgres cannot read.
struct BrokenMutant: Error, CustomStringConvertible {
    let description: String

    init(_ description: String) {
        self.description = description
    }
}
