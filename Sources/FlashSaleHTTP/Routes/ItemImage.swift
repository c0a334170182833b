// GET /images/{sale}/{number}.svg: the picture of an item, drawn from its name. An item always has the same picture.

internal import FlashSale
internal import NIOCore
internal import NIOHTTP1
internal import Telemetry
internal import Textbook

/// The picture of an item. It depends on the path alone: the sale need not exist.
func itemImage(sale: Substring, file: Substring, _ request: Request) -> Reply {
    guard let dot = file.utf8.firstIndex(of: UInt8(ascii: ".")), file[dot...] == ".svg",
        let item = ItemID("ITM-\(sale)-\(file[..<dot])")
    else { return .refused(.itemNotFound) }
    let fields = [
        ("Content-Type", "image/svg+xml"),
        ("Cache-Control", "public, max-age=31536000, immutable"),
        ("Content-Security-Policy", "default-src 'none'"),
    ]
    let answer = Answer(.ok, fields: fields, body: ByteBuffer(string: drawing(of: item)))
    return .answer(answer.validated(against: request))
}

/// The shapes of each noun on a ground of 200 by 200, in pieces: the item's colour stands between them. The file names
/// shades and not colours: `{dark}`, `{light}`, `{line}` for a stroke in the item's colour and `{ink}` for one that is
/// nearly black.
private let shapes: [String: [String]] = {
    guard case .object(let members)? = try? JSONValue(parsing: PackageResources.pictures_json, depth: 2) else {
        preconditionFailure("the pictures are no JSON object")
    }
    let round = #"stroke-linecap="round" stroke-linejoin="round""#
    let shades = [
        "{dark}": ##"fill="#000" fill-opacity=".2""##, "{light}": ##"fill="#fff" fill-opacity=".5""##,
        "{line}": #"fill="none" stroke="{}" stroke-width="9" \#(round)"#,
        "{ink}": ##"fill="none" stroke="#000" stroke-opacity=".5" stroke-width="6" \##(round)"##,
    ]
    return members.compactMapValues(\.string).mapValues { text in
        shades.reduce(text) { $0.replacing($1.key, with: $1.value) }.split(separator: "{}").map(String.init)
    }
}()

/// What an item is called, in the colour that it is called: a flat drawing, a little askew, on a soft ground.
private func drawing(of item: ItemID) -> String {
    let design = ItemDesign(item)
    let colour = design.colour.hex
    let drawn = (shapes[design.noun] ?? []).joined(separator: colour)
    var random = SplitMix64(seed: UInt64(item.sale.number) << 32 | UInt64(item.number))
    return """
        <svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 200 200" role="img" aria-label="\(design.name)">\
        <rect width="200" height="200" fill="\(design.colour.ground)"/>\
        <ellipse cx="100" cy="166" rx="58" ry="6" fill="#000" fill-opacity=".1"/>\
        <g fill="\(colour)" transform="rotate(\(Int.random(in: -5...5, using: &random)) 100 100)">\(drawn)</g></svg>
        """
}

extension ItemDesign.Colour {
    /// A soft ground of the colour: a tint, or a shade if the colour is so pale that it would not show on one.
    fileprivate var ground: String {
        let number = Int(hex.dropFirst(), radix: 16) ?? 0
        let parts = [number >> 16, number >> 8 & 0xFF, number & 0xFF]
        let isPale = 30 * parts[0] + 59 * parts[1] + 11 * parts[2] > 70 * 255
        let (other, share) = isPale ? ([0x5D, 0x50, 0x3C], 50) : ([0xFF, 0xFF, 0xFF], 80)
        let mixed = zip(parts, other).map { ($0 * (100 - share) + $1 * share) / 100 }
        return "rgb(\(mixed[0]),\(mixed[1]),\(mixed[2]))"
    }
}
