// The smallest parts of header fields, as all of them have them (RFC 9110, section 5.6).

extension Substring {
    /// The text without the blanks and tabs around it.
    public func trimmingBlanks() -> Substring {
        func isBlank(_ byte: UInt8) -> Bool { byte == 0x20 || byte == 0x09 }
        guard let first = utf8.firstIndex(where: { !isBlank($0) }), let last = utf8.lastIndex(where: { !isBlank($0) })
        else { return self[endIndex...] }
        return Substring(utf8[first...last])
    }
}

extension UInt8 {
    /// Whether a token may have this byte, such as the name of a field.
    public var isTokenByte: Bool {
        switch self {
        case 0x30...0x39, 0x41...0x5A, 0x61...0x7A: true
        default: "!#$%&'*+-.^_`|~".utf8.contains(self)
        }
    }

    /// Whether a host, with its port, may have this byte (RFC 3986, section 3.2.2).
    public var isHostByte: Bool {
        switch self {
        case 0x30...0x39, 0x41...0x5A, 0x61...0x7A: true
        default: "-._~%!$&'()*+,;=:[]".utf8.contains(self)
        }
    }
}
