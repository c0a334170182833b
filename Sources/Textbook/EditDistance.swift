// How far a word is from another: by how many letters that are put in, left out or replaced (Levenshtein, 1966).

/// The Levenshtein distance, by bytes.
public enum EditDistance {
    public static func between(_ one: some StringProtocol, and other: some StringProtocol) -> Int {
        let other = Array(other.utf8)
        // The distances of what was read of the first word to each beginning of the other.
        var row = Array(0...other.count)
        for (index, letter) in one.utf8.enumerated() {
            var diagonal = row[0]
            row[0] = index + 1
            for (column, second) in other.enumerated() {
                let replaced = diagonal + (letter == second ? 0 : 1)
                diagonal = row[column + 1]
                row[column + 1] = min(replaced, diagonal + 1, row[column] + 1)
            }
        }
        return row[other.count]
    }
}
