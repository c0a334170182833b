// Gives each check a file that breaks the habit, and one that keeps it: a check that never failed proves nothing.

import Testing

@Suite("The checks of habits")
struct HabitTests {
    /// A habit, a file that breaks it, the lines where it does, and a similar file that keeps it.
    struct Sample: Sendable, CustomTestStringConvertible {
        let habit: Habit
        let path: String
        let bad: String
        let lines: [Int]
        let good: String

        init(_ habit: Habit, _ path: String = "Sources/Sale/Sale.swift", bad: String, at lines: [Int], good: String) {
            self.habit = habit
            self.path = path
            self.bad = bad
            self.lines = lines
            self.good = good
        }

        var testDescription: String { "\(habit): \(bad.prefix(40))" }
    }

    @Test("They find the bad lines of a bad file, and nothing in a good file", arguments: samples)
    func sample(sample: Sample) {
        let bad = sample.habit.findings(SourceFile(path: sample.path, text: sample.bad))
        #expect(bad.map(\.line) == sample.lines)
        let good = sample.habit.findings(SourceFile(path: sample.path, text: sample.good))
        #expect(good.isEmpty, "\(good)")
    }

    @Test("Every habit has a sample")
    func complete() {
        #expect(Set(Self.samples.map(\.habit.sentence)) == Set(Habit.all.map(\.sentence)))
    }

    static let samples: [Sample] = textSamples + shapeSamples

    private static let textSamples = [
        Sample(.opensWithComment, bad: "import Glibc\n", at: [1], good: "// Sells a unit once.\nimport Glibc\n"),
        Sample(
            .opensWithComment, "Sources/Gate/Scripts/reserve.lua", bad: "return 1", at: [1],
            good: "-- Reserves a unit.\nreturn 1"),
        Sample(
            .opensWithComment, "scripts/setup", bad: "#!/bin/sh\nset -e", at: [1], good: "#!/bin/sh\n# Sets all up.\n"),
        Sample(
            .lineLength, bad: "// x\n" + String(repeating: "é", count: 121), at: [2],
            good: String(repeating: "é", count: 120)),
        Sample(
            .finished, bad: "let a = 1\n// TODO: the rest\n/* FIXME */", at: [2, 3],
            good: "let text = \"TODO\" // a MASTODON"),
        Sample(.finished, "docs/plan.md", bad: "# Plan\nTODO", at: [2], good: "# Plan\nDone"),
        Sample(
            .banned, bad: "struct SaleManager {}\nfunc helper() {}\nenum URLUtils {}", at: [1, 3],
            good: "struct Community {}\nstruct CommandUtility {}\n// A Manager"),
        Sample(
            .documented, bad: "// Sales.\n\npublic struct Sale {}\n/// A gate.\n\npublic protocol Gate {}", at: [3, 6],
            good: "/// A sale.\n@frozen\npublic struct Sale {}\n/// One.\npublic final class One {}\nstruct Own {}"),
        Sample(
            .noSleeps, "Tests/SaleTests/SaleTests.swift",
            bad: "try await Task.sleep(for: .seconds(1))\nusleep(5)\nThread.sleep(1)", at: [1, 2, 3],
            good: "// Task.sleep\nlet sleeper = \"usleep(5)\"\nclock.sleep(until: end)"),
        Sample(
            .endingLoops, "Tests/SaleTests/SaleTests.swift",
            bad: "while a { await b() }\nlet c = { while true { await b() } }\nrepeat {\nawait b()\n} while a",
            at: [1, 2, 3],
            good: "while a {\ntry Task.checkCancellation()\nawait b()\n}\nwhile .now < end { await b() }\n"
                + "while a { count += 1 }"),
        Sample(
            .noOtherLanguages, bad: "let a = \"SELECT id FROM sales\"\nlet b = \"\"\"\n  INSERT INTO x\n\"\"\"",
            at: [1, 2],
            good: "let a = \"SELECT\"\nlet b = \"BEGIN\" // SELECT id FROM sales\nlet c = \"Updates a sale\""),
        Sample(.noOtherLanguages, bad: "let lua = \"redis.call('GET')\"", at: [1], good: "let lua = \"reserve.lua\""),
    ]

    private static let shapeSamples = [
        Sample(
            .functionLength,
            bad: "struct A {\n    func long(\n        a: Int\n    ) {\n\(lines(70))    }\n}\n", at: [2],
            good: "struct A {\n    init(a: Int) {\n\(lines(68))    }\n    func b() {\n\(lines(60))    }\n}\n"),
        Sample(
            .functionLength,
            bad: "func a() {\n    switch b {\n    default: c()\n\(lines(70))    }\n}\n", at: [1],
            good: "func a() {\n    switch b {\n    case .d: c()\n\(lines(90))    }\n}\n"),
        Sample(
            .functionLength,
            bad: "func a() {\n    let s = \"}\"  // }\n\(lines(70))}\n", at: [1],
            good: "protocol A {\n    func a()\n\(lines(90))    func b()\n}\n"),
        Sample(
            .oneType,
            bad: "struct A {\n\(lines(30))}\nfinal class B {\n\(lines(20))}\n", at: [33],
            good: "final class A {\n\(lines(30))    struct C {\n    }\n}\nactor B {\n\(lines(9))}\nextension B {}\n"),
        Sample(
            .oneType,
            bad: "struct A {\n\(lines(30))}\npublic actor B {\n\(lines(25))}\n", at: [33],
            good: "struct A {\n\(lines(30))}\nprivate actor B {\n\(lines(25))}\n"),
        Sample(
            .oneType,
            bad: "enum A {\n\(lines(80))}\nenum B {\n\(lines(70))}\n", at: [83],
            good: "enum A {\n\(lines(80))}\nenum B {\n\(lines(20))}\n"),
        Sample(.fileLength, bad: lines(301), at: [301], good: lines(300)),
        Sample(.fileLength, "Sources/Gate/Scripts/reserve.lua", bad: lines(302), at: [301], good: lines(300)),
    ]

    private static func lines(_ count: Int) -> String {
        String(repeating: "        x()\n", count: count)
    }

    @Test("They find a file whose name says nothing")
    func fileName() {
        let file = SourceFile(path: "Sources/Sale/SaleHelper.swift", text: "struct Sale {}")
        #expect(Habit.banned.findings(file).map(\.line) == [1])
    }

    @Test("The scanner separates code from comments, strings, raw strings and interpolations")
    func scanner() {
        let scanner = SwiftScanner(
            """
            let a = "x \\(f("y", (1))) z" // tail
            let b = #"raw \\ " quote"# /* one /* two */ */ + c
            """)
        #expect(scanner.strings.map(\.text) == ["x   z", "y", "raw \\ \" quote"])
        #expect(scanner.comments.map(\.text) == [" tail", " one  two  "])
        #expect(scanner.code[0].contains("f("))
        #expect(scanner.code[1].hasSuffix("+ c"))
        #expect(!scanner.code[1].contains("raw"))
    }
}
