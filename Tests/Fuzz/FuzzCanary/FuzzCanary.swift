import FuzzDriver

/// Must crash, and soon: where it does not, neither coverage nor the address sanitizer is at work, and the others prove
/// nothing.
@_cdecl("LLVMFuzzerTestOneInput")
public func fuzzCanary(_ start: UnsafePointer<UInt8>?, _ count: Int) -> CInt {
    withInput(start, count) { bytes in
        guard bytes.count == 4, bytes[0] == 0x62, bytes[1] == 0x69, bytes[2] == 0x72, bytes[3] == 0x64,
            let base = bytes.baseAddress
        else { return }
        // One byte past the end.
        precondition(base.load(fromByteOffset: 4, as: UInt8.self) < 255)
    }
}
