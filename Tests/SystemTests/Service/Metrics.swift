// The text of /metrics as numbers.

struct Metrics: Sendable {
    private let samples: [(name: Substring, labels: Substring, value: Double)]

    init(_ text: String) {
        samples = text.split(separator: "\n").filter { !$0.hasPrefix("#") }.compactMap { line in
            guard let space = line.lastIndex(of: " "), let value = Double(line[line.index(after: space)...]) else {
                return nil
            }
            let name = line.prefix { $0 != "{" && $0 != " " }
            return (name, line[name.endIndex..<space], value)
        }
    }

    /// The sum over all series of a metric whose labels contain all of the given ones.
    func sum(_ name: String, _ labels: [String: String] = [:]) -> Int {
        let wanted = labels.map { #"\#($0)="\#($1)""# }
        return samples.reduce(0) { sum, sample in
            guard sample.name == name, wanted.allSatisfy({ sample.labels.contains($0) }) else { return sum }
            return sum + Int(sample.value)
        }
    }

    /// Whether a family has a sample that is neither 0 nor NaN.
    func moves(_ family: String) -> Bool {
        let names = [family, family + "_sum", family + "_count"]
        return samples.contains { names.contains(String($0.name)) && $0.value != 0 && !$0.value.isNaN }
    }
}
