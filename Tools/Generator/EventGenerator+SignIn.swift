/// Signing in: logins, e-mail, passwords, the second factor.
extension EventGenerator {
    mutating func logIn(_ line: inout Line) -> Bool {
        guard let slot = pickUser() else { return false }
        beginUser(.userLoggedIn, slot, &line)
        end(&line)
        people[slot].loginFailures = 0
        people[slot].countLogin(now)
        return true
    }

    /// The fifth failure in a row locks; after that a login must succeed before one fails again.
    mutating func failLogin(_ line: inout Line) -> Bool {
        if !attacked.isActive(in: people) || people[Int(attacked.slot)].loginFailures >= 5
            || random.chance(perMille: 150)
        {
            guard let slot = pickUser(where: { $0.authentication == .password && $0.loginFailures < 5 }) else {
                return false
            }
            attacked = reference(slot)
        }
        let slot = Int(attacked.slot)
        guard people[slot].loginFailures < 4 || canSpareUser else { return false }
        beginUser(.userLoginFailed, slot, &line)
        end(&line)
        people[slot].loginFailures += 1
        if people[slot].loginFailures == 5 {
            people[slot].status = .locked
            activePeople -= 1
            timers.add(
                .init(
                    time: now + 7_200_000, action: .unlock, index: slot, serial: people[slot].serial, number: 0))
        }
        return true
    }

    /// Whether the last attack locked somebody who still is.
    var isAttackedLocked: Bool {
        guard attacked.slot >= 0 else { return false }
        let person = people[Int(attacked.slot)]
        return person.serial == attacked.serial && person.status == .locked
    }

    mutating func unlockUser(_ timer: TimerQueue.Timer, _ line: inout Line) -> EventKind? {
        let slot = Int(timer.index)
        guard people[slot].serial == timer.serial, people[slot].status == .locked else { return nil }
        beginUser(.userUnlocked, slot, &line)
        end(&line)
        people[slot].status = .active
        activePeople += 1
        return .userUnlocked
    }

    mutating func changeEmail(_ line: inout Line) -> Bool {
        guard let slot = pickUser(where: { $0.emailVersion < 999 }) else { return false }
        beginUser(.userEmailChanged, slot, &line)
        people[slot].emailVersion += 1
        people[slot].isEmailVerified = false
        line.add(#","email":""#)
        addEmail(slot, &line)
        line.add(#"""#)
        end(&line)
        return true
    }

    mutating func verifyEmail(_ line: inout Line) -> Bool {
        guard let slot = pickUser(where: { !$0.isEmailVerified }) else { return false }
        beginUser(.userEmailVerified, slot, &line)
        end(&line)
        people[slot].isEmailVerified = true
        return true
    }

    mutating func changePassword(_ line: inout Line) -> Bool {
        guard let slot = pickUser(where: { $0.authentication == .password }) else { return false }
        beginUser(.userPasswordChanged, slot, &line)
        line.add(#","password":""#)
        addPassword(&line)
        line.add(#"""#)
        end(&line)
        people[slot].hasResetToken = false
        return true
    }

    /// A bcrypt or argon2id hash, seldom a password in plaintext.
    mutating func addPassword(_ line: inout Line) {
        if plainPasswordShare > 0, random.below(1_000_000) < plainPasswordShare {
            line.add("correct horse ")
            line.add(hex: UInt32(truncatingIfNeeded: random.next()))
        } else if random.chance(perMille: 700) {
            line.add("$2b$12$e")
            for _ in 0..<3 { line.add(hex: random.next()) }
            line.add(hex: UInt32(random.below(65_536)), digits: 4)
        } else {
            line.add("$argon2id$v=19$m=65536,t=3,p=4$")
            line.add(hex: random.next())
            line.add(hex: UInt32(random.below(65_536)), digits: 6)
            line.add("$Q")
            for _ in 0..<2 { line.add(hex: random.next()) }
            line.add(hex: UInt32(truncatingIfNeeded: random.next()))
            line.add("ue")
        }
    }

    mutating func requestPasswordReset(_ line: inout Line) -> Bool {
        guard let slot = pickUser(where: { $0.authentication == .password }) else { return false }
        beginUser(.userPasswordResetRequested, slot, &line)
        line.add(#","token":""#)
        line.add(hex: random.next())
        line.add(hex: random.next())
        line.add(#"","expiresAt":""#)
        line.add(time: now + 3_600_000)
        line.add(#"""#)
        end(&line)
        people[slot].hasResetToken = true
        people[slot].resetTimer &+= 1
        timers.add(
            .init(
                time: now + 3_600_000, action: .resetEnd, index: slot, serial: people[slot].serial,
                number: people[slot].resetTimer))
        return true
    }

    /// Whether time alone will end somebody's reset token.
    var hasOpenReset: Bool { people.contains { $0.hasResetToken && $0.status != .vacant } }

    mutating func expirePasswordReset(_ timer: TimerQueue.Timer, _ line: inout Line) -> EventKind? {
        let slot = Int(timer.index)
        let person = people[slot]
        guard person.serial == timer.serial, person.resetTimer == timer.number, person.hasResetToken else { return nil }
        people[slot].hasResetToken = false
        beginUser(.userPasswordResetExpired, slot, &line)
        line.add(#","expiresAt":""#)
        line.add(time: timer.time)
        line.add(#"""#)
        end(&line)
        return .userPasswordResetExpired
    }

    mutating func enableTwoFactor(_ line: inout Line) -> Bool {
        guard let slot = pickUser(where: { !$0.hasTwoFactor && $0.backupSets < 60_000 }) else { return false }
        people[slot].hasTwoFactor = true
        people[slot].backupSets += 1
        people[slot].backupCodesUsed = 0
        beginUser(.userTwoFactorEnabled, slot, &line)
        line.add(#","backupCodes":["#)
        for index in 0..<5 {
            line.add(index == 0 ? #"""# : #",""#)
            addBackupCode(index, slot, &line)
            line.add(#"""#)
        }
        line.add("]")
        end(&line)
        return true
    }

    private func addBackupCode(_ index: Int, _ slot: Int, _ line: inout Line) {
        let source = UInt64(people[slot].serial) << 24 | UInt64(people[slot].backupSets) << 8 | UInt64(index)
        let code = SplitMix64.mix(identity.seed ^ source)
        line.add(hex: UInt32(truncatingIfNeeded: code) & 0xFFFF, digits: 4)
        line.add("-")
        line.add(hex: UInt32(truncatingIfNeeded: code >> 16) & 0xFFFF, digits: 4)
    }

    mutating func disableTwoFactor(_ line: inout Line) -> Bool {
        guard let slot = pickUser(where: { $0.hasTwoFactor }) else { return false }
        beginUser(.userTwoFactorDisabled, slot, &line)
        end(&line)
        people[slot].hasTwoFactor = false
        return true
    }

    mutating func useBackupCode(_ line: inout Line) -> Bool {
        guard let slot = pickUser(where: { $0.hasTwoFactor && $0.backupCodesUsed < 5 }) else { return false }
        beginUser(.userBackupCodeUsed, slot, &line)
        line.add(#","code":""#)
        addBackupCode(Int(people[slot].backupCodesUsed), slot, &line)
        line.add(#"""#)
        end(&line)
        people[slot].backupCodesUsed += 1
        return true
    }
}
