// Writes JSON trees.

extension JSONWriter {
    /// Writes a tree, the members of its objects in the order of their names. JSON has no infinity and no NaN: they are
    /// written as null.
    public mutating func value(_ value: JSONValue) {
        switch value {
        case .object(let members):
            beginObject()
            for (name, member) in members.sorted(by: { $0.key < $1.key }) {
                key(escaping: name)
                self.value(member)
            }
            endObject()
        case .array(let elements):
            beginArray()
            for element in elements { self.value(element) }
            endArray()
        case .string(let text): string(text)
        case .integer(let number): integer(number)
        case .number(let number): literal(number.isFinite ? "\(number)" : "null")
        case .bool(let bool): self.bool(bool)
        case .null: literal("null")
        }
    }
}

extension JSONValue {
    /// Its text without white space, the members of its objects in the order of their names.
    public var compactText: String {
        var json = JSONWriter()
        json.value(self)
        return String(decoding: json.bytes, as: UTF8.self)
    }
}
