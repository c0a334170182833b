// Words that differ by some letters.

import Testing
import Textbook

@Suite("Distances of words")
struct EditDistanceTests {
    @Test(
        "It is the least number of letters to put in, leave out or replace",
        arguments: [
            ("", "", 0), ("", "abc", 3), ("abc", "abc", 0), ("kitten", "sitting", 3), ("port", "prt", 1),
            ("flaw", "lawn", 2),
        ])
    func distances(one: String, other: String, distance: Int) {
        #expect(EditDistance.between(one, and: other) == distance)
        #expect(EditDistance.between(other, and: one) == distance)
    }
}
