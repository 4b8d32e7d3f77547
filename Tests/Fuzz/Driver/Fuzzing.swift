/// Gives a fuzzer its input, in memory of just its size, so that the address sanitizer sees any byte read past its end.
///
/// Every fuzzer is one function that libFuzzer's own `main` calls, under the name it looks for:
///
///     @_cdecl("LLVMFuzzerTestOneInput")
///     public func fuzzSomething(_ start: UnsafePointer<UInt8>?, _ count: Int) -> CInt {
///         withInput(start, count) { bytes in … }
///     }
///
/// It says that a promise is broken by a failed precondition.
public func withInput(_ start: UnsafePointer<UInt8>?, _ count: Int, _ body: (UnsafeRawBufferPointer) -> Void) -> CInt {
    let copy = UnsafeMutableRawBufferPointer.allocate(byteCount: count, alignment: 1)
    defer { copy.deallocate() }
    copy.copyMemory(from: UnsafeRawBufferPointer(start: start, count: count))
    body(UnsafeRawBufferPointer(copy))
    return 0
}

/// Makes what stays as long as the process. The leak check is for what inputs leave behind: it does not look through the
/// spare bits in which Swift keeps the case of an enum, and would take declarations for lost.
public func lasting<R>(_ make: () -> R) -> R {
    stopLeakCheck()
    defer { resumeLeakCheck() }
    return make()
}

@_silgen_name("__lsan_disable") private func stopLeakCheck()
@_silgen_name("__lsan_enable") private func resumeLeakCheck()
