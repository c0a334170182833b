// The habits of shape: the length of functions and files, and the types of a file.

extension Habit {
    static let functionLength = Habit("A function fits a screen of 70 lines") { file in
        guard let swift = file.swift else { return [] }
        return Block.all(in: swift.code, opening: #/\b(?:func\b|init[?]?\s*[(<]|deinit\b|subscript\b)/#)
            .compactMap { function in
                // A switch over every case may be longer: in parts, it would not show that it is complete.
                let switches = Block.all(in: Array(swift.code[function.lines]), opening: #/\bswitch\b/#)
                let exempt = switches.filter { $0.depth == 1 && !$0.text.contains("default:") }
                let length = function.lines.count - exempt.reduce(0) { $0 + $1.lines.count }
                guard length > functionLinesMax else { return nil }
                return file.finding(function.lines.lowerBound + 1, "the function has \(length) lines")
            }
    }

    static let oneType = Habit("A file holds one type, and small ones that belong to it") { file in
        guard file.isSource, let swift = file.swift else { return [] }
        let types = Block.all(in: swift.code, opening: #/\b(?:struct|class|actor|enum|protocol)\s+[A-Z]/#)
            .filter { $0.depth == 0 }
        guard let longest = types.max(by: { $0.lines.count < $1.lines.count }) else { return [] }
        return types.filter { $0.lines != longest.lines }.compactMap { type in
            let isPrivate = type.text.contains(#/^(?:file)?private\b/#)
            let isActive = type.text.contains(#/^[^{]*\b(?:class|actor)\s+[A-Z]/#)
            guard !isPrivate, type.lines.count > (isActive ? activeCompanionLinesMax : companionLinesMax) else {
                return nil
            }
            return file.finding(type.lines.lowerBound + 1, "a second type that deserves a file of its own")
        }
    }

    static let fileLength = Habit("A file of code has at most 300 lines") { file in
        guard ["swift", "sql", "lua"].contains(file.kind) else { return [] }
        let length = file.lines.count - (file.text.hasSuffix("\n") ? 1 : 0)
        return length > fileLinesMax ? [file.finding(fileLinesMax + 1, "the file has \(length) lines")] : []
    }
}
