// A habit of the house that a program can check. Each is a function of one file, without I/O, so that the tests can
// show it a file that does not keep it.

/// A rule over single files, as one sentence and a function that finds where it is broken.
struct Habit: Sendable, CustomStringConvertible {
    let sentence: String
    let findings: @Sendable (SourceFile) -> [Finding]

    init(_ sentence: String, _ findings: @escaping @Sendable (SourceFile) -> [Finding]) {
        self.sentence = sentence
        self.findings = findings
    }

    var description: String { sentence }

    static let all: [Habit] = [
        opensWithComment, lineLength, finished, banned, noSleeps, noOtherLanguages, functionLength, oneType,
    ]

    static let lineLengthMax = 120
    static let functionLinesMax = 70
    /// How long a type may be that stands in another one's file and is not private to it.
    static let companionLinesMax = 60
    /// The same for classes and actors, which do something on their own.
    static let activeCompanionLinesMax = 20
}
