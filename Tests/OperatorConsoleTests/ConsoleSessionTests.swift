// Sessions of operators: who has signed one, and until when it counts.

import OperatorConsole
import Testing
import Textbook
import Tokens

@Suite("Sessions of the console")
struct ConsoleSessionTests {
    private static let key = ConsoleKey(token: Secret("a-token-of-the-tests"))

    @Test("A session counts for eight hours, and no longer than the token that opened it")
    func time() throws {
        let long = ConsoleSession(name: "admin", scope: .admin, at: 1_000, tokenEnd: nil)
        #expect(long.end == 1_000 + 8 * 3_600)
        let text = Self.key.sign(long)
        #expect(Self.key.session(text, at: long.end - 1) == long && Self.key.session(text, at: long.end) == nil)
        #expect(ConsoleSession(name: "olga", scope: .operate, at: 1_000, tokenEnd: 1_600).end == 1_600)
    }

    @Test("Another key, a changed text and a text of nobody are no sessions")
    func forged() {
        let text = Self.key.sign(ConsoleSession(name: "olga.o", scope: .look, at: 0, tokenEnd: nil))
        #expect(Self.key.session(text, at: 1)?.name == "olga.o")
        #expect(ConsoleKey(token: Secret("a-token-of-the-tests")).session(text, at: 1) != nil, "of another instance")
        #expect(ConsoleKey(token: Secret("the-next-token-of-the-tests")).session(text, at: 1) == nil)
        #expect(
            ConsoleKey(token: nil).session(
                ConsoleKey(token: nil).sign(
                    ConsoleSession(name: "a", scope: .admin, at: 0, tokenEnd: nil)), at: 1) == nil)
        for place in text.indices {
            var bent = text
            bent.replaceSubrange(place...place, with: text[place] == "A" ? "B" : "A")
            #expect(Self.key.session(bent, at: 1) == nil, "\(bent)")
        }
        for other in ["", ".", "a.b", text + ".", String(text.dropLast()), "\(text)\(text)"] {
            #expect(Self.key.session(other, at: 1) == nil)
        }
    }

    @Test("A scope allows what is below it", arguments: TokenScope.allCases)
    func scopes(scope: TokenScope) {
        let session = ConsoleSession(name: "a", scope: scope, at: 0, tokenEnd: nil)
        #expect(TokenScope.allCases.filter { session.may($0) } == TokenScope.allCases.filter { $0 <= scope })
    }
}
