//! Channels and locks: where tasks meet.

use super::Outcome;
use crate::error::{ErrorKind, Thrown};
use crate::heap::Gc;
use crate::heap::object::ArrayObject;
use crate::heap::tasks::{ChannelObject, MutexObject, TaskObject};
use crate::run::tasks::SUSPENDED;
use crate::value::Value;
use crate::vm::{Arguments, Vm};

builtins! {
    "Channel.new" = "raya_builtin_Channel_new" => new_channel;
    "Channel.send" = "raya_builtin_Channel_send" => send;
    "Channel.receive" = "raya_builtin_Channel_receive" => receive;
    "Channel.trySend" = "raya_builtin_Channel_trySend" => try_send;
    "Channel.tryReceive" = "raya_builtin_Channel_tryReceive" => try_receive;
    "Channel.close" = "raya_builtin_Channel_close" => close;
    "Channel.isClosed" = "raya_builtin_Channel_isClosed" => is_closed;
    "Channel.length" = "raya_builtin_Channel_length" => length;
    "Channel.capacity" = "raya_builtin_Channel_capacity" => capacity;
    "Mutex.new" = "raya_builtin_Mutex_new" => new_mutex;
    "Mutex.lock" = "raya_builtin_Mutex_lock" => lock;
    "Mutex.tryLock" = "raya_builtin_Mutex_tryLock" => try_lock;
    "Mutex.unlock" = "raya_builtin_Mutex_unlock" => unlock;
    "Mutex.isLocked" = "raya_builtin_Mutex_isLocked" => is_locked;
}

fn channel_argument(vm: &mut Vm, arguments: Arguments<'_>) -> Result<Gc<ChannelObject>, Thrown> {
    let value = arguments.get(0);
    value.as_channel().ok_or_else(|| vm.expected("a Channel", value))
}

fn mutex_argument(vm: &mut Vm, arguments: Arguments<'_>) -> Result<Gc<MutexObject>, Thrown> {
    let value = arguments.get(0);
    value.as_mutex().ok_or_else(|| vm.expected("a Mutex", value))
}

fn new_channel(vm: &mut Vm, arguments: Arguments<'_>) -> Outcome {
    let capacity = vm.int_or(arguments, 0, 0)?;
    let Ok(capacity) = u32::try_from(capacity) else {
        return Err(vm.range_error(&format!("Channel: expected a capacity of 0 or more, found {capacity}")));
    };
    Ok(Value::reference(vm.heap.channel(capacity)))
}

/// Hands a value to a task that waits for one, or puts it into the channel; false when it is full.
fn deliver(vm: &mut Vm, channel: Gc<ChannelObject>, value: Value) -> Result<bool, Thrown> {
    if channel.is_closed() {
        return Err(vm.error(ErrorKind::Error, "the channel is closed: nothing can be sent"));
    }
    if let Some(receiver) = first_task(vm, channel.receivers.get()) {
        vm.give(receiver, value);
        return Ok(true);
    }
    if count(channel.values.get()) >= channel.capacity() {
        return Ok(false);
    }
    let values = vm.heap.array_in(channel, &channel.values);
    push(vm, values, value);
    Ok(true)
}

fn send(vm: &mut Vm, arguments: Arguments<'_>) -> Outcome {
    let channel = channel_argument(vm, arguments)?;
    let value = given(arguments, 1);
    if !deliver(vm, channel, value)? {
        let task = vm.begin_wait(Value::reference(channel))?;
        let senders = vm.heap.array_in(channel, &channel.senders);
        push(vm, senders, Value::reference(task));
        push(vm, senders, value);
        return Err(SUSPENDED);
    }
    Ok(Value::NULL)
}

fn try_send(vm: &mut Vm, arguments: Arguments<'_>) -> Outcome {
    let channel = channel_argument(vm, arguments)?;
    Ok(Value::boolean(deliver(vm, channel, given(arguments, 1))?))
}

/// The next value, if there is one; a sender that waited goes on.
fn next_value(vm: &mut Vm, channel: Gc<ChannelObject>) -> Option<Value> {
    let sender = first_task(vm, channel.senders.get());
    let sent = sender.and_then(|_| channel.senders.get().as_array());
    let sent = sent.and_then(|senders| vm.heap.array_shift(senders));
    if let Some(sender) = sender {
        vm.give(sender, Value::NULL);
    }
    let kept = channel.values.get().as_array().and_then(|values| vm.heap.array_shift(values));
    if let (Some(_), Some(sent)) = (kept, sent) {
        let values = vm.heap.array_in(channel, &channel.values);
        push(vm, values, sent);
    }
    kept.or(sent)
}

fn receive(vm: &mut Vm, arguments: Arguments<'_>) -> Outcome {
    let channel = channel_argument(vm, arguments)?;
    if let Some(value) = next_value(vm, channel) {
        return Ok(value);
    }
    if channel.is_closed() {
        return Ok(Value::NULL);
    }
    let task = vm.begin_wait(Value::reference(channel))?;
    let receivers = vm.heap.array_in(channel, &channel.receivers);
    push(vm, receivers, Value::reference(task));
    Err(SUSPENDED)
}

fn try_receive(vm: &mut Vm, arguments: Arguments<'_>) -> Outcome {
    let channel = channel_argument(vm, arguments)?;
    Ok(next_value(vm, channel).unwrap_or(Value::NULL))
}

/// What was sent can still be received; who waits for more gets null, who waits for room an error.
fn close(vm: &mut Vm, arguments: Arguments<'_>) -> Outcome {
    let channel = channel_argument(vm, arguments)?;
    channel.close();
    while let Some(receiver) = first_task(vm, channel.receivers.get()) {
        vm.give(receiver, Value::NULL);
    }
    while let Some(sender) = first_task(vm, channel.senders.get()) {
        if let Some(senders) = channel.senders.get().as_array() {
            vm.heap.array_shift(senders);
        }
        let error = vm.error(ErrorKind::Error, "the channel was closed before the value was received");
        vm.give_error(sender, error);
    }
    Ok(Value::NULL)
}

fn is_closed(vm: &mut Vm, arguments: Arguments<'_>) -> Outcome {
    Ok(Value::boolean(channel_argument(vm, arguments)?.is_closed()))
}

fn length(vm: &mut Vm, arguments: Arguments<'_>) -> Outcome {
    Ok(Value::int(count(channel_argument(vm, arguments)?.values.get()) as i32))
}

fn capacity(vm: &mut Vm, arguments: Arguments<'_>) -> Outcome {
    Ok(Value::int(channel_argument(vm, arguments)?.capacity() as i32))
}

fn new_mutex(vm: &mut Vm, _: Arguments<'_>) -> Outcome {
    Ok(Value::reference(vm.heap.mutex()))
}

fn lock(vm: &mut Vm, arguments: Arguments<'_>) -> Outcome {
    let mutex = mutex_argument(vm, arguments)?;
    if !mutex.is_locked() {
        mutex.set_locked(true);
        return Ok(Value::NULL);
    }
    let task = vm.begin_wait(Value::reference(mutex))?;
    let waiters = vm.heap.array_in(mutex, &mutex.waiters);
    push(vm, waiters, Value::reference(task));
    Err(SUSPENDED)
}

fn try_lock(vm: &mut Vm, arguments: Arguments<'_>) -> Outcome {
    let mutex = mutex_argument(vm, arguments)?;
    let free = !mutex.is_locked();
    mutex.set_locked(true);
    Ok(Value::boolean(free))
}

/// The task that has waited longest has the lock now; without one it is open.
fn unlock(vm: &mut Vm, arguments: Arguments<'_>) -> Outcome {
    let mutex = mutex_argument(vm, arguments)?;
    if !mutex.is_locked() {
        return Err(vm.error(ErrorKind::Error, "unlock: the lock is not locked"));
    }
    match first_task(vm, mutex.waiters.get()) {
        Some(task) => vm.give(task, Value::NULL),
        None => mutex.set_locked(false),
    }
    Ok(Value::NULL)
}

fn is_locked(vm: &mut Vm, arguments: Arguments<'_>) -> Outcome {
    Ok(Value::boolean(mutex_argument(vm, arguments)?.is_locked()))
}

/// Takes the first task out of a list of those that wait.
fn first_task(vm: &mut Vm, list: Value) -> Option<Gc<TaskObject>> {
    vm.heap.array_shift(list.as_array()?)?.as_task()
}

fn count(list: Value) -> usize {
    list.as_array().map_or(0, |array| array.length())
}

fn push(vm: &mut Vm, array: Gc<ArrayObject>, value: Value) {
    // Any value fits.
    let _ = vm.heap.array_push(array, value);
}

/// An argument; null if it was not passed.
fn given(arguments: Arguments<'_>, index: usize) -> Value {
    let value = arguments.get(index);
    if value.is_absent() { Value::NULL } else { value }
}
