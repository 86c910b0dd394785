//! `std:crypto`: digests, authentication, randomness.

use blake2::{Blake2b512, Blake2s256};
use hmac::{Hmac, KeyInit, Mac};
use sha1::Sha1;
use sha2::digest::Digest;
use sha2::{Sha256, Sha384, Sha512};
use subtle::ConstantTimeEq;

use super::Outcome;
use crate::error::{ErrorKind, Thrown};
use crate::value::Value;
use crate::vm::{Arguments, Vm};
use crate::world::clock::fill_random;

builtins! {
    "crypto.sha1" = "raya_builtin_crypto_sha1" => sha1;
    "crypto.sha256" = "raya_builtin_crypto_sha256" => sha256;
    "crypto.sha384" = "raya_builtin_crypto_sha384" => sha384;
    "crypto.sha512" = "raya_builtin_crypto_sha512" => sha512;
    "crypto.blake2b" = "raya_builtin_crypto_blake2b" => blake2b;
    "crypto.blake2s" = "raya_builtin_crypto_blake2s" => blake2s;
    "crypto.hmacSha256" = "raya_builtin_crypto_hmacSha256" => hmac_sha256;
    "crypto.hmacSha512" = "raya_builtin_crypto_hmacSha512" => hmac_sha512;
    "crypto.randomBytes" = "raya_builtin_crypto_randomBytes" => random_bytes;
    "crypto.constantTimeEqual" = "raya_builtin_crypto_constantTimeEqual" => constant_time_equal;
}

/// Most random bytes of one call.
const RANDOM_BYTES_MAX: usize = 1 << 26;

fn digest<D: Digest>(vm: &mut Vm, arguments: Arguments<'_>) -> Outcome {
    let data = vm.data_argument(arguments, 0)?;
    Ok(Value::reference(vm.heap.bytes(&D::digest(data))))
}

fn sha1(vm: &mut Vm, arguments: Arguments<'_>) -> Outcome {
    digest::<Sha1>(vm, arguments)
}

fn sha256(vm: &mut Vm, arguments: Arguments<'_>) -> Outcome {
    digest::<Sha256>(vm, arguments)
}

fn sha384(vm: &mut Vm, arguments: Arguments<'_>) -> Outcome {
    digest::<Sha384>(vm, arguments)
}

fn sha512(vm: &mut Vm, arguments: Arguments<'_>) -> Outcome {
    digest::<Sha512>(vm, arguments)
}

fn blake2b(vm: &mut Vm, arguments: Arguments<'_>) -> Outcome {
    digest::<Blake2b512>(vm, arguments)
}

fn blake2s(vm: &mut Vm, arguments: Arguments<'_>) -> Outcome {
    digest::<Blake2s256>(vm, arguments)
}

/// Key and data of an authentication code.
fn authenticate<M: Mac + KeyInit>(vm: &mut Vm, arguments: Arguments<'_>) -> Outcome {
    let key = vm.data_argument(arguments, 0)?;
    let data = vm.data_argument(arguments, 1)?;
    // A key of any length is good for HMAC.
    let Ok(mut code) = <M as KeyInit>::new_from_slice(&key) else {
        return Err(vm.range_error(&format!("a key of {} bytes is not possible", key.len())));
    };
    code.update(&data);
    Ok(Value::reference(vm.heap.bytes(&code.finalize().into_bytes())))
}

fn hmac_sha256(vm: &mut Vm, arguments: Arguments<'_>) -> Outcome {
    authenticate::<Hmac<Sha256>>(vm, arguments)
}

fn hmac_sha512(vm: &mut Vm, arguments: Arguments<'_>) -> Outcome {
    authenticate::<Hmac<Sha512>>(vm, arguments)
}

fn random_bytes(vm: &mut Vm, arguments: Arguments<'_>) -> Outcome {
    let count = vm.int_argument(arguments, 0)?;
    let Some(length) = usize::try_from(count).ok().filter(|length| *length <= RANDOM_BYTES_MAX) else {
        return Err(vm.range_error(&format!("expected 0 to {RANDOM_BYTES_MAX} random bytes, found {count}")));
    };
    let mut bytes = vec![0; length];
    match fill_random(&mut bytes) {
        Ok(()) => Ok(Value::reference(vm.heap.bytes(&bytes))),
        Err(error) => Err(no_randomness(vm, error)),
    }
}

#[cold]
fn no_randomness(vm: &mut Vm, error: std::io::Error) -> Thrown {
    vm.error(ErrorKind::Error, &format!("the system gives no randomness: {error}"))
}

/// Whether two are equal, in a time that tells their lengths and nothing else.
fn constant_time_equal(vm: &mut Vm, arguments: Arguments<'_>) -> Outcome {
    let left = vm.data_argument(arguments, 0)?;
    let right = vm.data_argument(arguments, 1)?;
    Ok(Value::boolean(left.ct_eq(&right).into()))
}
