// The smallest parts of header fields, as all of them have them (RFC 9110, section 5.6).

extension Substring {
    /// The text without the blanks and tabs around it.
    public func trimmingBlanks() -> Substring {
        func isBlank(_ byte: UInt8) -> Bool { byte == 0x20 || byte == 0x09 }
        guard let first = utf8.firstIndex(where: { !isBlank($0) }), let last = utf8.lastIndex(where: { !isBlank($0) })
        else { return self[endIndex...] }
        return Substring(utf8[first...last])
    }

    /// A host's name without the dot of the root, with which it is the same name.
    public func withoutRootDot() -> Substring { hasSuffix(".") ? dropLast() : self }

    /// Whether it is a host as requests name it, with a port or without: `uri-host [ ":" port ]` (RFC 9110, section
    /// 7.2), where the host is not empty.
    public var isHostWithPort: Bool {
        var text = self
        return text.withUTF8 { bytes in
            var rest = bytes[...]
            if rest.first == UInt8(ascii: "[") {
                guard let last = rest.firstIndex(of: UInt8(ascii: "]")) else { return false }
                let address = rest[..<last].dropFirst()
                guard !address.isEmpty, address.allSatisfy({ $0.isHostNameByte || $0 == UInt8(ascii: ":") }) else {
                    return false
                }
                rest = rest[(last + 1)...]
            } else {
                rest = rest.drop { $0.isHostNameByte }
                guard rest.count < bytes.count else { return false }
            }
            return rest.isEmpty
                || rest.first == UInt8(ascii: ":") && rest.dropFirst().allSatisfy { (0x30...0x39).contains($0) }
        }
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

    /// Whether a host that is a name may have this byte (RFC 3986, section 3.2.2).
    fileprivate var isHostNameByte: Bool {
        switch self {
        case 0x30...0x39, 0x41...0x5A, 0x61...0x7A: true
        // !$%&'()*+,-. and ; = _ ~
        case 0x21, 0x24...0x2E, 0x3B, 0x3D, 0x5F, 0x7E: true
        default: false
        }
    }
}
