// The files whose code this process has mapped, from /proc/self/maps.

/// One executable mapping.
struct LoadedObject: Sendable, Equatable {
    let start: UInt64
    let end: UInt64
    /// Where in the file the mapping begins.
    let offset: UInt64
    let path: String
    /// In hexadecimal digits; empty if the file has none.
    var buildID = ""

    /// The last part of the path.
    var name: Substring { path.split(separator: "/").last ?? path[...] }

    /// The executable mappings of a file like /proc/self/maps, in order of address.
    static func parse(maps: String) -> [LoadedObject] {
        maps.split(separator: "\n").compactMap { line in
            // Range, permissions, offset, device, inode; the rest is the path, blanks included.
            let fields = line.split(separator: " ", maxSplits: 5)
            guard fields.count == 6, fields[1].dropFirst(2).first == "x" else { return nil }
            let range = fields[0].split(separator: "-").compactMap { UInt64($0, radix: 16) }
            guard range.count == 2, let offset = UInt64(fields[2], radix: 16) else { return nil }
            return LoadedObject(
                start: range[0], end: range[1], offset: offset, path: String(fields[5].drop { $0 == " " }))
        }
    }

    /// The highest address of the main thread's stack in such a file; 0 if it is not there.
    static func mainStackEnd(maps: String) -> UInt64 {
        guard let line = maps.split(separator: "\n").first(where: { $0.hasSuffix("[stack]") }) else { return 0 }
        let range = line.prefix { $0 != " " }.split(separator: "-")
        return range.count == 2 ? UInt64(range[1], radix: 16) ?? 0 : 0
    }
}
