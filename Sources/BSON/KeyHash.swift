/// 128 bits over the whole of a component that was cut. On disk: fixed for ever (a test holds vectors). No defence against
/// someone who looks for collisions: what a cut key finds is rechecked.
///
/// Two lanes over 8-byte little-endian words (the last padded with zeros), then the length: `h = fold(h ^ word, multiplier)`, the second lane
/// plus `word`; at the end one more `fold`. `fold(a, b)` is the exclusive or of the halves of the 128-bit product of `a` and `b`.
struct KeyHash: Equatable {
    let first: UInt64
    let second: UInt64

    init(_ bytes: UnsafeRawBufferPointer) {
        var first: UInt64 = 0xA076_1D64_78BD_642F
        var second: UInt64 = 0xE703_7ED1_A0B4_28DB
        func mix(_ word: UInt64) {
            first = KeyHash.fold(first ^ word, 0x9E37_79B9_7F4A_7C15)
            second = KeyHash.fold(second ^ word, 0xD6E8_FEB8_6659_FD93) &+ word
        }
        var index = 0
        while index + 8 <= bytes.count {
            mix(UInt64(littleEndian: bytes.loadUnaligned(fromByteOffset: index, as: UInt64.self)))
            index += 8
        }
        var last: UInt64 = 0
        while index < bytes.count {
            last |= UInt64(bytes[index]) << UInt64((index & 7) * 8)
            index += 1
        }
        mix(last)
        mix(UInt64(bytes.count))
        self.first = KeyHash.fold(first, 0xC2B2_AE3D_27D4_EB4F)
        self.second = KeyHash.fold(second, 0x1656_67B1_9E37_79F9)
    }

    private static func fold(_ left: UInt64, _ right: UInt64) -> UInt64 {
        let product = left.multipliedFullWidth(by: right)
        return product.high ^ product.low
    }

    func append(to key: inout [UInt8]) {
        KeyEncoder.appendBigEndian(first, count: 8, into: &key)
        KeyEncoder.appendBigEndian(second, count: 8, into: &key)
    }
}
