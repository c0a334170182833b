// An item's name, colour and price. They come from its identifier alone, so that the catalog and the picture agree and
// nothing is stored.

internal import Textbook

/// A generated item. The same identifier always gives the same design.
public struct ItemDesign: Hashable, Sendable {
    public struct Colour: Hashable, Sendable {
        public let name: String
        /// `#rrggbb`.
        public let hex: String
    }

    public let adjective: String
    public let colour: Colour
    public let noun: String
    public let price: Price

    public init(_ item: ItemID) {
        var bits = UInt64(UInt32(bitPattern: item.sale.number)) << 32 | UInt64(item.number)
        bits = SplitMix64.mix(bits &+ SplitMix64.step)
        func pick<Value>(_ values: [Value]) -> Value {
            defer { bits /= UInt64(values.count) }
            return values[Int(bits % UInt64(values.count))]
        }
        adjective = pick(Self.adjectives)
        colour = pick(Self.colours)
        noun = pick(Self.nouns)
        price = Price(minorUnits: Int64(500 + 50 * (bits % 400) - 1), currency: "EUR")
    }

    public var name: String { "\(adjective) \(colour.name) \(noun)" }

    private static let adjectives = [
        "Quiet", "Bold", "Gentle", "Bright", "Woven", "Polished", "Airy", "Sturdy", "Slender", "Round", "Curious",
        "Humble", "Grand", "Nimble", "Velvet", "Rustic", "Modern", "Classic", "Playful", "Serene", "Tiny", "Mighty",
        "Folded", "Hollow", "Twin", "Northern", "Early", "Late", "Steady", "Lucky", "Hidden", "Open",
    ]

    private static let colours: [Colour] = [
        Colour(name: "Amber", hex: "#f2a541"), Colour(name: "Coral", hex: "#f26b5e"),
        Colour(name: "Indigo", hex: "#3f4fa0"), Colour(name: "Jade", hex: "#2f9c76"),
        Colour(name: "Plum", hex: "#7d3c7a"), Colour(name: "Sand", hex: "#d9c39a"),
        Colour(name: "Slate", hex: "#5b6b7a"), Colour(name: "Teal", hex: "#1f8a93"),
        Colour(name: "Rose", hex: "#d9627d"), Colour(name: "Olive", hex: "#7f8a3a"),
        Colour(name: "Copper", hex: "#b5653a"), Colour(name: "Sky", hex: "#5aa9e0"),
        Colour(name: "Ivory", hex: "#efe6cf"), Colour(name: "Moss", hex: "#54713f"),
        Colour(name: "Scarlet", hex: "#cc3433"), Colour(name: "Violet", hex: "#6f58c9"),
    ]

    private static let nouns = [
        "Lamp", "Kettle", "Chair", "Clock", "Vase", "Basket", "Teapot", "Mirror", "Blanket", "Bowl", "Radio", "Stool",
        "Jacket", "Scarf", "Backpack", "Watch", "Camera", "Bicycle", "Guitar", "Kite", "Lantern", "Notebook", "Pen",
        "Mug", "Compass", "Telescope", "Globe", "Puzzle", "Drum", "Umbrella", "Boots", "Tent",
    ]
}
