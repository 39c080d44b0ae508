//! What a program needs when there is nothing below it: an entry, an exit and the memory
//! functions that the compiler calls.
//!
//! Nothing here provides `std` or an allocator. If the core or one of its dependencies used
//! `std`, this program would not compile (duplicate lang item `panic_impl`); if they used the
//! heap, it would not link (no global memory allocator).

use core::arch::{asm, global_asm};
use core::panic::PanicInfo;

// SAFETY: the kernel enters here with an aligned stack pointer and no return address; `call`
// gives `main` the alignment that the ABI promises.
global_asm!(".globl _start", "_start:", "xor ebp, ebp", "and rsp, -16", "call {main}", "ud2", main = sym crate::main);

/// Writes `text` to the standard error stream.
pub fn print(text: &str) {
    // SAFETY: write(2) reads `len` bytes at `ptr`, which are those of `text`.
    unsafe {
        asm!("syscall", inlateout("rax") 1_usize => _, in("rdi") 2, in("rsi") text.as_ptr(),
             in("rdx") text.len(), out("rcx") _, out("r11") _);
    }
}

/// Ends the process.
pub fn exit(status: i32) -> ! {
    // SAFETY: exit_group(2) does not return and touches no memory.
    unsafe { asm!("syscall", in("rax") 231, in("rdi") status, options(noreturn, nostack)) }
}

struct Stderr;

impl core::fmt::Write for Stderr {
    fn write_str(&mut self, text: &str) -> core::fmt::Result {
        print(text);
        Ok(())
    }
}

#[panic_handler]
fn panic(info: &PanicInfo<'_>) -> ! {
    let _ = core::fmt::Write::write_fmt(&mut Stderr, format_args!("{info}\n"));
    exit(101)
}

/// The host's `core` was built to unwind and names this function; with `panic = "abort"` it is
/// never called.
// SAFETY: no other definition exists in this program.
#[unsafe(no_mangle)]
extern "C" fn rust_eh_personality() {}

/// `memcpy(3)`. A loop in Rust would be compiled into a call to itself.
// SAFETY: no other definition exists in this program.
#[unsafe(no_mangle)]
unsafe extern "C" fn memcpy(to: *mut u8, from: *const u8, len: usize) -> *mut u8 {
    // SAFETY: the caller owns `len` bytes at both places, which do not overlap.
    unsafe {
        asm!("rep movsb", inout("rcx") len => _, inout("rdi") to => _, inout("rsi") from => _);
    }
    to
}

/// `memmove(3)`.
// SAFETY: no other definition exists in this program.
#[unsafe(no_mangle)]
unsafe extern "C" fn memmove(to: *mut u8, from: *const u8, len: usize) -> *mut u8 {
    if (to as usize).wrapping_sub(from as usize) >= len {
        // SAFETY: copying upwards reads each byte before it is overwritten.
        return unsafe { memcpy(to, from, len) };
    }
    // SAFETY: copying downwards from the last byte reads each before it is overwritten; the
    // direction flag is clear again at the end, as the ABI demands.
    unsafe {
        asm!("std", "rep movsb", "cld", inout("rcx") len => _,
             inout("rdi") to.wrapping_add(len).wrapping_sub(1) => _,
             inout("rsi") from.wrapping_add(len).wrapping_sub(1) => _);
    }
    to
}

/// `memset(3)`.
// SAFETY: no other definition exists in this program.
#[unsafe(no_mangle)]
unsafe extern "C" fn memset(to: *mut u8, byte: i32, len: usize) -> *mut u8 {
    // SAFETY: the caller owns `len` bytes at `to`.
    unsafe {
        asm!("rep stosb", inout("rcx") len => _, inout("rdi") to => _, in("al") byte as u8);
    }
    to
}

/// `memcmp(3)`.
// SAFETY: no other definition exists in this program.
#[unsafe(no_mangle)]
unsafe extern "C" fn memcmp(a: *const u8, b: *const u8, len: usize) -> i32 {
    for index in 0..len {
        // SAFETY: the caller owns `len` bytes at both places. Volatile reads keep the compiler
        // from turning the loop into a call to this function.
        let (x, y) = unsafe { (a.add(index).read_volatile(), b.add(index).read_volatile()) };
        if x != y {
            return i32::from(x) - i32::from(y);
        }
    }
    0
}

/// `bcmp(3)`.
// SAFETY: no other definition exists in this program.
#[unsafe(no_mangle)]
unsafe extern "C" fn bcmp(a: *const u8, b: *const u8, len: usize) -> i32 {
    // SAFETY: as for the caller.
    unsafe { memcmp(a, b, len) }
}
