// The worked example of docs/WAITING_ROOM.md, run as it stands there: a draw is checked with sha256sum and openssl
// alone.

import Foundation
import Testing

@testable import DevStack

extension SystemTests {
    @Suite("The draw's page")
    struct DrawPageTests {
        private static let page = URL(filePath: #filePath).deletingLastPathComponent()
            .appending(path: "../../../docs/WAITING_ROOM.md").standardizedFileURL

        @Test("Its commands and `flashsale verify-draw` find the number that it tells")
        func example() async throws {
            let text = try String(contentsOf: Self.page, encoding: .utf8)
            let script = try #require(text.firstMatch(of: /```sh\n((?s:.*?))```/)).1
            let told = try #require(text.firstMatch(of: /has number (\d+) of/)).1
            let directory = try TestDirectory("draw")
            defer { directory.remove() }
            try script.write(to: URL(filePath: directory.file("draw.sh")), atomically: true, encoding: .utf8)
            let shell = try ServiceProcess(
                [], program: "flashsale",
                shell: "cd '\(directory.path)' && sh -e draw.sh > \"$out\" 2> \"$err\"")
            #expect(await shell.end() == 0, "\(shell.errors)")
            #expect(shell.output == "-: OK\n\(told)\n")

            let value = { (name: String) throws in
                String(try #require(script.firstMatch(of: Regex("\(name)=([0-9a-f]+)")))[1].substring ?? "")
            }
            let arguments = [
                "verify-draw", "--seed", try value("seed"), "--count", try value("n"), "--sale", "3", "--buyer", "ann",
            ]
            let check = try ServiceProcess(arguments + ["--commit", try value("commit")])
            #expect(await check.end() == 0, "\(check.errors)")
            #expect(check.output == "\(told)\n")
            let wrong = try ServiceProcess(arguments + ["--commit", String(repeating: "0", count: 64)])
            #expect(await wrong.end() == 1)
            #expect(wrong.errors.contains("not the one of this commit"))
            for shell in [#""$@" > /dev/full 2> "$err""#, #""$@" >&- 2> "$err""#] {
                let lost = try ServiceProcess(arguments + ["--commit", try value("commit")], shell: shell)
                #expect(await lost.end() == 3)
                #expect(lost.errors == "Error: the results cannot be written to standard output\n")
            }
        }
    }
}
