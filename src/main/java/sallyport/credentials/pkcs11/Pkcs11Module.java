package sallyport.credentials.pkcs11;

import java.nio.file.Path;
import java.util.List;
import java.util.Objects;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.locks.Lock;
import java.util.concurrent.locks.ReentrantReadWriteLock;
import sallyport.credentials.sources.UnusableFile;

/**
 * PKCS#11 module, which is initialised again where no token of it can be reached otherwise.
 *
 * <p>That ends all sessions, so that nothing else may call the module meanwhile: calls hold the
 * {@link #calls} lock.
 *
 * <p>Any thread.
 */
final class Pkcs11Module {
  private final Path path;
  private final List<Pkcs11Token> tokens = new CopyOnWriteArrayList<>();
  private final ReentrantReadWriteLock lock = new ReentrantReadWriteLock();
  private int times; // guarded by lock

  Pkcs11Module(Path path) {
    this.path = path;
  }

  Path path() {
    return path;
  }

  void add(Pkcs11Token token) {
    tokens.add(token);
  }

  /** Returns the lock that calls of the module hold. */
  Lock calls() {
    return lock.readLock();
  }

  /**
   * Returns the path as the JDK is to be told it. The JDK keeps what it has loaded by the path's
   * spelling, and some modules (p11-kit) have a connection for each that has loaded them, which the
   * JDK would never make again.
   */
  Path spelling() {
    return Path.of(
        Objects.requireNonNull(path.getParent()) + "/.".repeat(times), path.getFileName() + "");
  }

  /** Returns whether no token of it but this one is in use. */
  boolean hasNoOther(Pkcs11Token token) {
    return tokens.stream().allMatch(each -> each == token || !each.isUp());
  }

  /**
   * Ends all sessions and logins, and initialises the module again; unless another token is up.
   *
   * @return whether it did
   * @throws UnusableFile when the module does not answer
   */
  boolean beginAnew(Pkcs11Token on) throws UnusableFile, InterruptedException {
    if (!hasNoOther(on)) {
      return false;
    }
    lock.writeLock().lockInterruptibly();
    try {
      if (!hasNoOther(on)) {
        return false;
      }
      times++;
      Pkcs11Logins.forget(path);
      Pkcs11Slots.beginAnew(path);
      return true;
    } finally {
      lock.writeLock().unlock();
    }
  }
}
