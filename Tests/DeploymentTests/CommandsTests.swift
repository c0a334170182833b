// What commands take and refuse before they ask any store.

import ArgumentParser
import Testing

@testable import FlashSaleCLI

@Suite("Commands")
struct CommandsTests {
    @Test("The number of a sale is from 1 on", arguments: ["0", "-1", "-2147483648"])
    func sales(number: String) {
        let sale = "--sale=\(number)"
        let commands: [(any ParsableCommand.Type, [String])] = [
            (AuditCommand.self, [sale]), (ReportCommand.self, [sale, "--html", "a.html"]),
            (SaleEndCommand.self, [sale, "--if-match", "1", "--reason", "a"]),
        ]
        for (command, arguments) in commands {
            #expect {
                try command.parse(arguments)
            } throws: { error in
                command.exitCode(for: error) == .validationFailure && command.message(for: error).contains("from 1 on")
            }
        }
    }

    @Test("A token has scopes that there are", arguments: [("bogus", false), ("look", true), ("operate admin", true)])
    func scopes(scope: String, isOne: Bool) {
        let command = try? TokenCommand.parse(["--buyer", "ann", "--scope", scope])
        #expect((command != nil) == isOne)
    }

    @Test(
        "flashsale dev prints addresses that a browser takes",
        arguments: [
            ("127.0.0.1", "127.0.0.1:80"), ("::1", "[::1]:80"), ("::", "localhost:80"), ("0.0.0.0", "localhost:80"),
        ])
    func authority(host: String, authority: String) {
        #expect(DevCommand.authority(of: host, 80) == authority)
    }

    @Test("No word of a table ends its line or steers a terminal")
    func table() {
        let rows = [["1", "a\u{1B}[2J\u{9B}1m\n2  forged"], ["2", "\u{202E}é\u{2028}\u{85}\u{7F} "]]
        let lines = TextTable(head: ["n", "why"], rows: rows).text.split(separator: "\n").map { String($0) }
        let bad = "\u{FFFD}"
        #expect(lines == ["n  why", "1  a\(bad)[2J\(bad)1m\(bad)2  forged", "2  \(bad)é\(bad)\(bad)\(bad)"])
    }

    @Test(
        "Whoever has no name, or one that the log does not take, acts by number",
        arguments: [("olga", "olga"), ("", "uid-54321"), (#"SHOP\olga"#, "uid-54321"), ("jürgen", "uid-54321")])
    func actor(user: String, name: String) {
        #expect(SaleChangeOptions.name(of: user, 54_321) == name)
    }

    @Test(
        "The help of what is no command is an error",
        arguments: [
            ("help nonsense", "nonsense"), ("help sale nonsense", "nonsense"), ("help sale list", nil), ("help", nil),
            ("help --help", nil), ("serve help", nil),
        ])
    func subjects(words: String, unknown: String?) {
        let arguments = words.split(separator: " ").map(String.init)
        #expect(FlashSaleCommand.unknownSubject(ofHelp: arguments) == unknown)
    }

    @Test(
        "bash completes the flags of settings",
        arguments: [
            ("serve --http-por", "--http-port"), ("dev --http-port 80 --fre", "--fresh"),
            ("dev --http-port 80 --webhook-u", "--webhook-url"), ("dev --database-u", ""),
            ("sale list --database-u", "--database-url"), ("audit --redis-u", "--redis-url"),
        ])
    func completion(line: String, word: String) throws {
        let ask = """
            COMP_WORDS=(flashsale \(line)) COMP_CWORD=$((${#COMP_WORDS[@]} - 1)) COMP_LINE="flashsale \(line)"
            COMP_POINT=${#COMP_LINE}
            _flashsale flashsale "${COMP_WORDS[COMP_CWORD]}" "${COMP_WORDS[COMP_CWORD - 1]}"
            echo "${COMPREPLY[*]}"
            """
        let script = FlashSaleCommand.completionScript(for: .bash)
        let (status, output) = try Promtool.run("bash", ["-c", "\(script)\n\(ask)"])
        #expect(status == 0 && output == "\(word)\n")
    }

    @Test("The other shells complete them too", arguments: [CompletionShell.zsh, .fish])
    func completion(shell: CompletionShell) {
        let script = FlashSaleCommand.completionScript(for: shell)
        #expect(Setting.all.allSatisfy { script.contains("\($0.flag)") })
    }
}
