internal import BSON

extension Admission {
    /// Casts one present, non-null value to what its field declares, checks the field's rules and writes it.
    mutating func cast(
        _ value: RawValue, _ leaf: FieldDescriptor, _ name: UnsafeRawBufferPointer, _ fullName: String,
        _ writer: inout DocumentWriter
    ) {
        switch leaf.kind {
        case .string: castString(value, leaf, name, fullName, &writer)
        case .number: castNumber(value, leaf, name, fullName, &writer)
        case .boolean:
            guard let flag = boolean(value) else {
                return refuse(.cast, fullName, value, "must be true or false")
            }
            writer.append(name, flag)
        case .date:
            guard let date = date(value) else {
                return refuse(.cast, fullName, value, "must be an RFC 3339 date or milliseconds since 1970")
            }
            writer.append(name, date)
        case .objectID:
            guard let id = objectID(value) else {
                return refuse(.cast, fullName, value, "must be an ObjectId: 24 hexadecimal digits")
            }
            writer.append(name, id)
        case .mixed: writer.append(name, value)
        case .array(let element): castArray(value, element, name, fullName, &writer)
        case .object(let fields): castObject(value, fields, name, fullName, inArray: false, &writer)
        }
    }

    private mutating func castString(
        _ value: RawValue, _ leaf: FieldDescriptor, _ name: UnsafeRawBufferPointer, _ fullName: String,
        _ writer: inout DocumentWriter
    ) {
        // The common case, untouched text, is checked where it lies and copied once.
        if let utf8 = value.utf8, !leaf.isLowercased, !leaf.isTrimmed, leaf.privacy != .password, leaf.privacy != .token
        {
            if check(utf8, leaf, fullName, value) { writer.append(name, value) }
            return
        }
        guard var text = castText(value) else { return refuse(.cast, fullName, value, "must be text") }
        if leaf.isTrimmed { text = text.trimmed }
        if leaf.isLowercased { text = text.lowercased() }
        var isSound = true
        text.withUTF8 { isSound = check(UnsafeRawBufferPointer($0), leaf, fullName, nil) }
        guard isSound else { return }
        switch leaf.privacy {
        case .password: writer.append(name, isHash(text) ? text : secrets.password(text))
        case .token: writer.append(name, secrets.token(text))
        case .open, .personal: writer.append(name, text)
        }
    }

    /// The rules for text. `value` is what a refusal shows; secrets show nothing.
    private mutating func check(
        _ utf8: UnsafeRawBufferPointer, _ leaf: FieldDescriptor, _ fullName: String, _ value: RawValue?
    ) -> Bool {
        let shown = leaf.privacy == .password || leaf.privacy == .token ? nil : value
        func shownText() -> String? {
            shown.map(\.plainText) ?? (leaf.privacy == .open ? String(decoding: utf8, as: UTF8.self) : nil)
        }
        if leaf.isRequired, utf8.isEmpty {
            refuse(.required, fullName, nil, "is required and empty")
            return false
        }
        if let limit = leaf.maxLength, utf8.count > limit, utf16Count(utf8) > limit {
            problems.append(
                Refusal(
                    .maxLength, fullName, value: shownText(), "has \(utf16Count(utf8)) characters, at most \(limit) fit"
                ))
            return false
        }
        if let least = leaf.minLength, !isHash(String(decoding: utf8, as: UTF8.self)), utf16Count(utf8) < least {
            problems.append(Refusal(.minimum, fullName, "must be at least \(least) characters"))
            return false
        }
        if !leaf.allowed.isEmpty, !leaf.allowed.contains(where: { $0.utf8.elementsEqual(utf8) }) {
            problems.append(
                Refusal(.oneOf, fullName, value: shownText(), "must be one of: " + leaf.allowed.joined(separator: ", "))
            )
            return false
        }
        if let format = leaf.format, !format.fits(utf8) {
            problems.append(Refusal(.format, fullName, value: shownText(), format.description))
            return false
        }
        return true
    }

    private mutating func castNumber(
        _ value: RawValue, _ leaf: FieldDescriptor, _ name: UnsafeRawBufferPointer, _ fullName: String,
        _ writer: inout DocumentWriter
    ) {
        let number: Double
        switch value.type {
        case .int32, .int64, .double: number = value.double ?? 0
        case .string:
            guard let exact = numeric(value.string ?? "") else {
                return refuse(.cast, fullName, value, "must be a number")
            }
            switch exact {
            case .integer(let integer): number = Double(integer)
            case .double(let double): number = double
            }
            guard inRange(number, leaf, fullName, value) else { return }
            switch exact {
            case .integer(let integer): append(integer, name, &writer)
            case .double(let double): writer.append(name, double)
            }
            return
        case .bool:
            return append(value.bool == true ? 1 : 0, name, &writer)
        case .decimal128:
            return writer.append(name, value)
        default: return refuse(.cast, fullName, value, "must be a number")
        }
        guard number.isFinite else { return refuse(.cast, fullName, value, "must be a finite number") }
        guard inRange(number, leaf, fullName, value) else { return }
        // A caller's integer is Int32 or Int64, anything else Double.
        if value.type == .double { writer.append(name, value) } else { append(value.int64 ?? 0, name, &writer) }
    }

    private func append(_ integer: Int64, _ name: UnsafeRawBufferPointer, _ writer: inout DocumentWriter) {
        if let small = Int32(exactly: integer) { writer.append(name, small) } else { writer.append(name, integer) }
    }

    private mutating func inRange(_ number: Double, _ leaf: FieldDescriptor, _ fullName: String, _ value: RawValue)
        -> Bool
    {
        if let minimum = leaf.minimum, number < minimum {
            refuse(.minimum, fullName, value, "must be at least \(plain(minimum))")
            return false
        }
        if let maximum = leaf.maximum, number > maximum {
            refuse(.maximum, fullName, value, "must be at most \(plain(maximum))")
            return false
        }
        return true
    }

    private func plain(_ number: Double) -> String { Int64(exactly: number).map { String($0) } ?? String(number) }

    // MARK: Arrays and sub-documents

    private mutating func castArray(
        _ value: RawValue, _ element: FieldDescriptor, _ name: UnsafeRawBufferPointer, _ fullName: String,
        _ writer: inout DocumentWriter
    ) {
        guard value.type == .array, let array = value.document else {
            // As mongoose: a single value becomes an array of one.
            guard value.type != .document || element.kind.isObject else {
                return refuse(.cast, fullName, value, "must be an array")
            }
            writer.beginArray(name)
            castElement(value, element, 0, fullName, &writer)
            writer.end()
            return
        }
        writer.beginArray(name)
        var index = 0
        array.forEach { _, value in
            castElement(value, element, index, fullName, &writer)
            index += 1
        }
        writer.end()
    }

    mutating func castElement(
        _ value: RawValue, _ element: FieldDescriptor, _ index: Int, _ fullName: String, _ writer: inout DocumentWriter
    ) {
        var text = String(index)
        text.withUTF8 { digits in
            let name = UnsafeRawBufferPointer(digits)
            let place = "\(fullName).\(index)"
            if value.isNull { return writer.appendNull(name) }
            if case .object(let fields) = element.kind {
                castObject(value, fields, name, place, inArray: true, &writer)
            } else {
                cast(value, element, name, place, &writer)
            }
        }
    }

    private mutating func castObject(
        _ value: RawValue, _ fields: [FieldDescriptor], _ name: UnsafeRawBufferPointer, _ fullName: String,
        inArray: Bool,
        _ writer: inout DocumentWriter
    ) {
        guard value.type == .document, let document = value.document else {
            return refuse(.cast, fullName, value, "must be an object")
        }
        writer.beginDocument(name)
        if inArray {
            if let given = document.value(named: "_id"), let id = objectID(given) {
                writer.append("_id", id)
            } else {
                writer.append("_id", derivedID(fullName))
            }
        }
        for field in fields {
            var fieldName = field.name
            fieldName.withUTF8 { utf8 in
                let fieldName = UnsafeRawBufferPointer(utf8)
                let place = fullName + "." + field.name
                guard let inner = document.value(named: fieldName), !inner.isNull else {
                    switch field.defaultValue {
                    case .string(let text): writer.append(fieldName, text)
                    case .int(let integer): writer.append(fieldName, integer)
                    case .double(let double): writer.append(fieldName, double)
                    case .bool(let flag): writer.append(fieldName, flag)
                    case .now: writer.append(fieldName, time)
                    case .generated(let prefix): writer.append(fieldName, prefix + ids.hex(16))
                    case nil: if field.isRequired { refuse(.required, place, nil, "is required") }
                    }
                    return
                }
                cast(inner, field, fieldName, place, &writer)
            }
        }
        // What no one declares stays in the event; the template leaves it out of the document.
        document.forEach { name, value in
            if !fields.contains(where: { $0.name.utf8.elementsEqual(name) }),
                !(inArray && "_id".utf8.elementsEqual(name))
            {
                writer.append(name, value)
            }
        }
        writer.end()
    }
}

extension FieldKind {
    var isObject: Bool { if case .object = self { true } else { false } }
}
