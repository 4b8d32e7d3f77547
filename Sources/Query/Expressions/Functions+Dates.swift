internal import BSON

extension Function {
    /// Of operators that take a date alone, or one with a time zone.
    static let dateArguments = ["date", "timezone"]

    private static func part(_ name: String, _ value: @escaping @Sendable (CalendarTime) -> Int64, isLong: Bool = false)
        -> Function
    {
        Function(
            name,
            .named(dateArguments, required: 1) { arguments, call throws(QueryError) in
                guard let (time, zone) = try Dates.moment(arguments[0], arguments[1], call) else { return .null }
                let number = value(CalendarTime(time, zone))
                return .owned(isLong ? .int64(number) : .int32(Int32(clamping: number)))
            })
    }

    static let dateParts = [
        part("$year") { $0.date.year }, part("$month") { $0.date.month }, part("$dayOfMonth") { $0.date.day },
        part("$hour") { $0.hour }, part("$minute") { $0.minute }, part("$second") { $0.second },
        part("$millisecond") { $0.millisecond }, part("$dayOfYear") { $0.dayOfYear },
        part("$dayOfWeek") { $0.weekday + 1 }, part("$week") { $0.week }, part("$isoWeek") { $0.iso.week },
        part("$isoWeekYear", { $0.iso.year }, isLong: true), part("$isoDayOfWeek") { $0.isoWeekday },
    ]

    static let dateTexts = [
        Function("$dateToString", .named(["date", "format", "timezone", "onNull"], required: 1, Dates.text)),
        Function(
            "$dateFromString",
            .named(["dateString", "format", "timezone", "onError", "onNull"], required: 1, Dates.read)),
    ]

    static let dateMoves = [
        Function("$dateToParts", .named(["date", "timezone", "iso8601"], required: 1, Dates.parts)),
        Function("$dateFromParts", .named(Dates.partNames, required: 0, Dates.fromParts)),
        Function(
            "$dateTrunc", .named(["date", "unit", "binSize", "timezone", "startOfWeek"], required: 2, Dates.truncated)),
        Function(
            "$dateDiff",
            .named(["startDate", "endDate", "unit", "timezone", "startOfWeek"], required: 3, Dates.difference)),
        Function(
            "$dateAdd",
            .named(["startDate", "unit", "amount", "timezone"], required: 3) { value, call throws(QueryError) in
                try Dates.moved(value, call, sign: 1)
            }),
        Function(
            "$dateSubtract",
            .named(["startDate", "unit", "amount", "timezone"], required: 3) { value, call throws(QueryError) in
                try Dates.moved(value, call, sign: -1)
            }),
    ]
}

/// Null where an argument is.
enum Dates {
    /// Of a date, a timestamp or an ObjectId.
    static func milliseconds(_ value: Evaluated, _ call: Call) throws(QueryError) -> Int64 {
        if let time = value.milliseconds { return time }
        switch value.value {
        case .timestamp(let timestamp)?: return Int64(timestamp >> 32) * 1_000
        case .objectID(let id)?: return id.milliseconds
        default: throw call.needs("a date", value)
        }
    }

    /// UTC where none is given, `nil` where it is null.
    static func zone(_ value: Evaluated?, _ call: Call) throws(QueryError) -> Zone? {
        guard let value else { return .utc }
        if value.isNullish { return nil }
        guard let name = value.string else { throw call.needs("a string as timezone", value) }
        guard let zone = Zone(named: name) else {
            throw call.refusal(
                "knows no such time zone", mend: "use a name such as Europe/Berlin, or an offset such as +02:00")
        }
        return zone
    }

    static func moment(_ date: Evaluated?, _ zone: Evaluated?, _ call: Call) throws(QueryError)
        -> (time: Int64, zone: Zone)?
    {
        let date = date ?? .missing
        guard let zone = try self.zone(zone, call), !date.isNullish else { return nil }
        return (try milliseconds(date, call), zone)
    }

    private static func format(_ value: Evaluated, _ call: Call) throws(QueryError) -> DateFormat {
        guard let text = value.string else { throw call.needs("a string as format", value) }
        return try DateFormat(text, call)
    }

    @Sendable static func text(_ values: [Evaluated?], _ call: Call) throws(QueryError) -> Evaluated {
        let date = values[0] ?? .missing
        if date.isNullish { return values[3] ?? .null }
        if let format = values[1], format.isNullish { return .null }
        guard let (time, zone) = try moment(date, values[2], call) else { return .null }
        // Without a format, Z only where the zone is UTC by default.
        let otherwise = values[2] == nil ? DateFormat.standard : DateFormat.local
        let format = try values[1].map { value throws(QueryError) in try self.format(value, call) }
        return .owned(.string(DateFormat.text(time, format ?? otherwise, zone)))
    }

    @Sendable static func read(_ values: [Evaluated?], _ call: Call) throws(QueryError) -> Evaluated {
        let input = values[0] ?? .missing
        if input.isNullish { return values[4] ?? .null }
        if let format = values[1], format.isNullish { return .null }
        let format = try values[1].map { value throws(QueryError) in try self.format(value, call) }
        guard let zone = try zone(values[2], call) else { return .null }
        do throws(QueryError) {
            guard let text = input.string else { throw call.needs("a string", input) }
            let time: Int64
            if let format {
                time = try DateReader.read(text, format: format, zone: zone, call)
            } else {
                time = try DateReader.read(text, zone: zone, call)
            }
            return .owned(.dateTime(DateTime(milliseconds: time)))
        } catch {
            guard let otherwise = values[3] else { throw error }
            return otherwise
        }
    }

    // MARK: Parts

    @Sendable static func parts(_ values: [Evaluated?], _ call: Call) throws(QueryError) -> Evaluated {
        guard let (time, zone) = try moment(values[0], values[1], call) else { return .null }
        var isISO = false
        if let flag = values[2] {
            if flag.isNullish { return .null }
            guard case .bool(let wanted)? = flag.value else { throw call.needs("a bool as iso8601", flag) }
            isISO = wanted
        }
        let local = CalendarTime(time, zone)
        let iso = local.iso
        let date: [(String, Int64)] =
            isISO
            ? [("isoWeekYear", iso.year), ("isoWeek", iso.week), ("isoDayOfWeek", local.isoWeekday)]
            : [("year", local.date.year), ("month", local.date.month), ("day", local.date.day)]
        let clock = [
            ("hour", local.hour), ("minute", local.minute), ("second", local.second),
            ("millisecond", local.millisecond),
        ]
        return .owned(.document(Document((date + clock).map { ($0.0, .int32(Int32(clamping: $0.1))) })))
    }

    static let partNames = [
        "year", "month", "day", "hour", "minute", "second", "millisecond", "timezone", "isoWeekYear", "isoWeek",
        "isoDayOfWeek",
    ]

    @Sendable static func fromParts(_ values: [Evaluated?], _ call: Call) throws(QueryError) -> Evaluated {
        let isISO = values[8] != nil
        guard isISO != (values[0] != nil) else { throw call.refusal("needs either year or isoWeekYear") }
        let others = isISO ? [1, 2] : [9, 10]
        guard others.allSatisfy({ values[$0] == nil }) else { throw call.refusal("mixes parts of two calendars") }
        guard let zone = try zone(values[7], call) else { return .null }
        var numbers: [Int64] = []
        for (place, otherwise) in [
            (0, 1970), (1, 1), (2, 1), (3, 0), (4, 0), (5, 0), (6, 0), (8, 1970), (9, 1), (10, 1),
        ] {
            guard let value = values[place] else {
                numbers.append(Int64(otherwise))
                continue
            }
            if value.isNullish { return .null }
            guard let number = value.int64, number.magnitude < 1 << 45 else {
                throw call.refusal("needs whole numbers, and \(partNames[place]) is none")
            }
            numbers.append(number)
        }
        let year = isISO ? numbers[7] : numbers[0]
        guard (1...9999).contains(year) || year == 0 else { throw call.refusal("needs a year from 0 to 9999") }
        let day =
            isISO
            ? CalendarTime.isoStart(year) + (numbers[8] - 1) * 7 + numbers[9] - 1
            : CalendarTime.dayNumber(year: year, month: numbers[1], day: numbers[2])
        let milliseconds = numbers[6]
        let seconds = numbers[3] * 3_600 + numbers[4] * 60 + numbers[5] + floorDivide(milliseconds, by: 1_000)
        guard
            let time = CalendarTime.milliseconds(
                day: day, secondOfDay: seconds,
                millisecond: milliseconds &- floorDivide(milliseconds, by: 1_000) &* 1_000, zone)
        else { throw call.refusal("goes past the last date") }
        return .owned(.dateTime(DateTime(milliseconds: time)))
    }

    // MARK: Units

    private static func unit(_ value: Evaluated, _ call: Call) throws(QueryError) -> DateUnit {
        guard let name = value.string else { throw call.needs("a string as unit", value) }
        guard let unit = DateUnit(rawValue: name) else {
            throw call.refusal(
                "knows no such unit", mend: "use \(DateUnit.allCases.map(\.rawValue).joined(separator: ", "))")
        }
        return unit
    }

    /// From 0, Sunday, which it is by default.
    private static func weekday(_ value: Evaluated?, _ call: Call) throws(QueryError) -> Int64 {
        guard let value else { return 0 }
        let names = ["sunday", "monday", "tuesday", "wednesday", "thursday", "friday", "saturday"]
        let name = value.string?.asciiLowercased ?? ""
        guard let place = names.firstIndex(where: { $0 == name || $0.prefix(3) == name }) else {
            throw call.refusal("knows no such startOfWeek", mend: "use \(names.joined(separator: ", "))")
        }
        return Int64(place)
    }

    private static func moment(_ time: Int64?, _ call: Call) throws(QueryError) -> Evaluated {
        guard let time else { throw call.refusal("goes past the last date") }
        return .owned(.dateTime(DateTime(milliseconds: time)))
    }

    @Sendable static func truncated(_ values: [Evaluated?], _ call: Call) throws(QueryError) -> Evaluated {
        for value in values where value?.isNullish ?? false { return .null }
        guard let (time, zone) = try moment(values[0], values[3], call) else { return .null }
        let unit = try unit(values[1] ?? .missing, call)
        guard let bin = values[2] == nil ? 1 : values[2]?.int64, bin > 0 else {
            throw call.refusal("needs a whole number above 0 as binSize")
        }
        let firstWeekday = unit == .week ? try weekday(values[4], call) : 0
        return try moment(unit.truncated(time, bin: bin, zone, firstWeekday: firstWeekday), call)
    }

    @Sendable static func difference(_ values: [Evaluated?], _ call: Call) throws(QueryError) -> Evaluated {
        for value in values where value?.isNullish ?? false { return .null }
        guard let (start, zone) = try moment(values[0], values[3], call) else { return .null }
        let end = try milliseconds(values[1] ?? .missing, call)
        let unit = try unit(values[2] ?? .missing, call)
        let firstWeekday = unit == .week ? try weekday(values[4], call) : 0
        guard let count = unit.difference(start, end, zone, firstWeekday: firstWeekday) else {
            throw call.refusal("goes past the largest number")
        }
        return .owned(.int64(count))
    }

    static func moved(_ values: [Evaluated?], _ call: Call, sign: Int64) throws(QueryError) -> Evaluated {
        for value in values where value?.isNullish ?? false { return .null }
        guard let (start, zone) = try moment(values[0], values[3], call) else { return .null }
        let unit = try unit(values[1] ?? .missing, call)
        guard let amount = values[2]?.int64, amount != .min else {
            throw call.refusal("needs a whole number as amount")
        }
        return try moment(unit.moved(start, by: sign * amount, zone), call)
    }
}
