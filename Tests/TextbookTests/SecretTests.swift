// Secrets: what shows of them, and which guess is right.

import Testing
import Textbook

@Suite("Secrets")
struct SecretTests {
    private struct Holder {
        let name = "shown"
        let secret: Secret? = Secret("sesame")
    }

    @Test("Nothing that prints a secret, or what holds it, shows its text")
    func printing() {
        let secret = Secret("sesame")
        var dumped = ""
        dump(Holder(), to: &dumped)
        let texts = ["\(secret)", String(reflecting: secret), "\(Holder())", String(reflecting: Holder()), dumped]
        for text in texts {
            #expect(!text.contains("sesame"), "\(text)")
        }
        #expect(secret.revealed == "sesame")
    }

    @Test(
        "Only the whole text is right",
        arguments: [
            ("sesame", "sesame", true), ("sesame", "sesam", false), ("sesame", "sesames", false),
            ("sesame", "sesamesesame", false), ("sesame", "sesamE", false), ("sesame", "", false), ("", "", false),
        ])
    func guesses(text: String, guess: String, isRight: Bool) {
        #expect(Secret(text).isGuessed(by: guess.utf8) == isRight)
    }
}
