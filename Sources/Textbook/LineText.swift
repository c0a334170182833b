// Text of others as a part of a line, on a terminal or in a log that people read.

extension Unicode.Scalar {
    /// Whether it does something other than to be seen: a control character of either set, as terminals obey both, the
    /// end of a line or a paragraph, or a turn of the direction of writing, by which text reads otherwise than it is.
    public var isControl: Bool {
        switch value {
        case 0...0x1F, 0x7F...0x9F, 0x2028...0x202E, 0x2066...0x2069: true
        default: false
        }
    }
}

extension String {
    /// The text with U+FFFD for each control character.
    public var withoutControls: String {
        guard unicodeScalars.contains(where: \.isControl) else { return self }
        var scalars = UnicodeScalarView()
        for scalar in unicodeScalars { scalars.append(scalar.isControl ? "\u{FFFD}" : scalar) }
        return String(scalars)
    }
}
