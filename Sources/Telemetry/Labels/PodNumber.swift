// The label of metrics that exist for each pod.

/// A pod by its number, 0 being home. The instruments are made for home and for the pods that the settings name.
///
/// Few metrics have it: times of duties, which several instances do, each for other pods. There the latest over all
/// instances is the pod's, and without the label it would hide the others.
public struct PodNumber: LabelSet, Hashable {
    public static let home = PodNumber(0)

    let number: UInt8

    /// - Parameter number: from 0 to 127.
    public init(_ number: UInt8) {
        precondition(number < 128, "a pod has a number from 0 to 127")
        self.number = number
    }

    public static let labelName = "pod"
    public static var labelNames: [String] { [labelName] }
    public static let all = (0..<128).map { PodNumber($0) }

    public var index: Int { Int(number) }
    public var labelValues: [String] { [String(number)] }

    /// A pod that was not announced is shown as home.
    public var folded: PodNumber { .home }
}
