// Separates code from comments and string literals in Swift. The habits need no more grammar.
//
//     code ──//──► line comment ──newline──► code          string ──\( ──► code ──matching )──► string
//     code ──/*──► block comment (nested) ──*/──► code     code ──"──► string ──same quotes──► code
//
// Regular expression literals count as code; a quote or a brace in one would confuse the scanner.

/// The result of one pass over a Swift file. It works on bytes, since all marks are ASCII.
struct SwiftScanner: Sendable {
    /// A comment or a string literal, without its marks.
    struct Piece: Hashable, Sendable {
        /// The line it begins on, from 1.
        let line: Int
        fileprivate var bytes: [UInt8] = []

        var text: String { String(decoding: bytes, as: UTF8.self) }
    }

    /// The code alone, line by line; comments and the inside of strings are blank.
    let code: [String]
    let strings: [Piece]
    let comments: [Piece]

    init(_ text: String) {
        var scan = Scan(bytes: Array(text.utf8))
        scan.run()
        code = scan.code.map { String(decoding: $0, as: UTF8.self) }
        strings = scan.strings
        comments = scan.comments
    }
}

/// The pass itself.
private struct Scan {
    let bytes: [UInt8]
    private(set) var code: [[UInt8]] = [[]]
    private(set) var strings: [SwiftScanner.Piece] = []
    private(set) var comments: [SwiftScanner.Piece] = []
    private var states: [State] = [.code(parentheses: 0, isInterpolation: false)]
    private var position = 0

    init(bytes: [UInt8]) {
        self.bytes = bytes
    }

    private enum State {
        /// Code; inside an interpolation it ends with the parenthesis that brings the depth to zero.
        case code(parentheses: Int, isInterpolation: Bool)
        case lineComment
        case blockComment(depth: Int)
        case string(hashes: Int, isMultiline: Bool, index: Int)
    }

    mutating func run() {
        while position < bytes.count {
            switch states[states.count - 1] {
            case .code(let parentheses, let isInterpolation): scanCode(parentheses, isInterpolation)
            case .lineComment: scanLineComment()
            case .blockComment(let depth): scanBlockComment(depth)
            case .string(let hashes, let isMultiline, let index): scanString(hashes, isMultiline, index)
            }
        }
    }

    private mutating func scanCode(_ parentheses: Int, _ isInterpolation: Bool) {
        let hashes = bytes[position...].prefix { $0 == UInt8(ascii: "#") }.count
        if isNext("//") {
            comments.append(.init(line: code.count))
            states.append(.lineComment)
            skip(2)
        } else if isNext("/*") {
            comments.append(.init(line: code.count))
            states.append(.blockComment(depth: 1))
            skip(2)
        } else if isNext("\"", at: hashes) {
            let isMultiline = isNext("\"\"\"", at: hashes)
            strings.append(.init(line: code.count))
            states.append(.string(hashes: hashes, isMultiline: isMultiline, index: strings.count - 1))
            skip(hashes + (isMultiline ? 3 : 1))
        } else {
            let depth = parentheses + (isNext("(") ? 1 : isNext(")") ? -1 : 0)
            if isInterpolation && depth == 0 {
                states.removeLast()
                skip(1)
            } else {
                states[states.count - 1] = .code(parentheses: depth, isInterpolation: isInterpolation)
                keep()
            }
        }
    }

    private mutating func scanLineComment() {
        if isNext("\n") {
            states.removeLast()
        } else {
            comments[comments.count - 1].bytes.append(bytes[position])
            skip(1)
        }
    }

    private mutating func scanBlockComment(_ depth: Int) {
        if isNext("/*") || isNext("*/") {
            let next = depth + (isNext("/*") ? 1 : -1)
            states.removeLast()
            if next > 0 { states.append(.blockComment(depth: next)) }
            skip(2)
        } else {
            comments[comments.count - 1].bytes.append(bytes[position])
            skip(1)
        }
    }

    private mutating func scanString(_ hashes: Int, _ isMultiline: Bool, _ index: Int) {
        let marks = String(repeating: "#", count: hashes)
        let end = (isMultiline ? "\"\"\"" : "\"") + marks
        if isNext("\\" + marks + "(") {
            states.append(.code(parentheses: 1, isInterpolation: true))
            strings[index].bytes.append(UInt8(ascii: " "))
            skip(hashes + 2)
        } else if isNext("\\" + marks) {
            skip(hashes + 2)
        } else if isNext(end) || (!isMultiline && isNext("\n")) {
            states.removeLast()
            if isNext(end) { skip(end.count) }
        } else {
            strings[index].bytes.append(bytes[position])
            skip(1)
        }
    }

    private func isNext(_ text: String, at offset: Int = 0) -> Bool {
        position + offset <= bytes.count && bytes[(position + offset)...].starts(with: text.utf8)
    }

    /// Takes a character as code.
    private mutating func keep() {
        if isNext("\n") {
            code.append([])
        } else {
            code[code.count - 1].append(bytes[position])
        }
        position += 1
    }

    /// Blanks characters, and counts lines on.
    private mutating func skip(_ count: Int) {
        for _ in 0..<count where position < bytes.count {
            if isNext("\n") {
                code.append([])
            } else {
                code[code.count - 1].append(UInt8(ascii: " "))
            }
            position += 1
        }
    }
}
