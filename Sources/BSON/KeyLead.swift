/// The first byte of each encoded component, in the order of types. On disk: never reused. None is 0x00, which ends documents and
/// arrays.
enum KeyLead {
    static let minKey: UInt8 = 0x0A
    /// Also an empty array in an index that has a key per element.
    static let undefined: UInt8 = 0x14
    static let null: UInt8 = 0x1E
    static let notANumber: UInt8 = 0x28
    static let negativeInfinity: UInt8 = 0x29
    /// Magnitudes from 2^63.
    static let negativeLarge: UInt8 = 0x2A
    /// Magnitudes under 1.
    static let negativeSmall: UInt8 = 0x33
    static let zero: UInt8 = 0x34
    static let positiveSmall: UInt8 = 0x35
    static let positiveLarge: UInt8 = 0x3E
    static let positiveInfinity: UInt8 = 0x3F
    static let string: UInt8 = 0x46
    static let document: UInt8 = 0x50
    static let array: UInt8 = 0x5A
    static let binary: UInt8 = 0x64
    static let objectID: UInt8 = 0x6E
    static let `false`: UInt8 = 0x78
    static let `true`: UInt8 = 0x79
    static let earlyDate: UInt8 = 0x82
    static let date: UInt8 = 0x83
    static let lateDate: UInt8 = 0x84
    static let timestamp: UInt8 = 0x8C
    static let regex: UInt8 = 0x96
    static let dbPointer: UInt8 = 0xA0
    static let javascript: UInt8 = 0xAA
    static let javascriptWithScope: UInt8 = 0xB4
    static let maxKey: UInt8 = 0xF0

    /// 0x36 for one byte ... 0x3D for eight.
    static func positive(byteCount: Int) -> UInt8 { UInt8(truncatingIfNeeded: 0x35 &+ byteCount) }
    /// 0x32 for one byte ... 0x2B for eight.
    static func negative(byteCount: Int) -> UInt8 { UInt8(truncatingIfNeeded: 0x33 &- byteCount) }
}
