package sallyport.credentials.acme.store;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.concurrent.locks.Condition;
import java.util.concurrent.locks.ReentrantLock;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import sallyport.credentials.sources.Sources;
import sallyport.credentials.sources.UnusableFile;

/**
 * Choice of the replica that orders the certificates of an account, of all those that share its
 * store. It has a thread of its own, which renews the lease or waits for that of another to end.
 * Any thread.
 */
public final class Leadership implements AutoCloseable {
  private static final Logger LOG = LoggerFactory.getLogger(Leadership.class);

  private static final Duration PAUSE = Duration.ofSeconds(5);
  private static final Duration LONGEST_STOP = Duration.ofSeconds(5);
  private static final int MAX_HOST = 80;

  private final String account;
  private final SharedFolder folder;
  private final Lease lease;
  private final Runnable gained;

  private final ReentrantLock lock = new ReentrantLock();
  private final Condition changed = lock.newCondition();

  private volatile boolean leads;
  private volatile boolean stopped;
  private @Nullable Thread thread;

  // Of the thread.
  private String told = "";
  private String trouble = "";

  /**
   * Creates it without a thread.
   *
   * @param store of the account
   * @param gained runs before this replica leads, on the thread of this
   */
  public Leadership(String account, Path store, Runnable gained) {
    this.account = account;
    this.folder = new SharedFolder(folder(store));
    this.lease = new Lease(folder, owner(), System::nanoTime);
    this.gained = gained;
  }

  /** Returns the folder of the leases in a store. */
  public static Path folder(Path store) {
    return store.resolve("replicas");
  }

  private static String owner() {
    String host = "unknown";
    try {
      host = Files.readString(Path.of("/proc/sys/kernel/hostname"), StandardCharsets.US_ASCII);
    } catch (IOException elsewhere) {
      // It is for people alone.
    }
    host = host.strip().replaceAll("[^A-Za-z0-9._-]", "-");
    return host.substring(0, Math.min(host.length(), MAX_HOST))
        + "/"
        + ProcessHandle.current().pid();
  }

  /**
   * Creates the folder, and a file in it as a lease is created.
   *
   * @throws IOException when that cannot be done
   */
  public void prepare() throws IOException {
    folder.make();
    folder.probe();
  }

  /** Starts to take part. */
  public void start() {
    thread = Thread.ofPlatform().daemon().name("sallyport-acme-leader-" + account).start(this::run);
  }

  /** Returns whether this replica orders now. Never blocks. */
  public boolean leads() {
    return leads && lease.isHeld();
  }

  /** Returns the replica that orders, as {@code HOST/PROCESS}; empty where it is not known. */
  public String leader() {
    return lease.leader();
  }

  /**
   * Waits for this time at most, or until this replica leads or does not.
   *
   * @param known what {@link #leads} said
   */
  public void awaitChange(boolean known, Duration atMost) throws InterruptedException {
    long left = atMost.toNanos();
    lock.lock();
    try {
      while (left > 0 && leads() == known && !stopped) {
        left = changed.awaitNanos(left);
      }
    } finally {
      lock.unlock();
    }
  }

  private void run() {
    try {
      while (!stopped) {
        look();
        pause();
      }
    } catch (InterruptedException interrupted) {
      // Told to stop.
    }
    within(lease::release);
    set(false);
  }

  private void pause() throws InterruptedException {
    long left = PAUSE.toNanos();
    lock.lock();
    try {
      while (left > 0 && !stopped) {
        left = changed.awaitNanos(left);
      }
    } finally {
      lock.unlock();
    }
  }

  private void look() {
    within(lease::look);
    boolean now = lease.isHeld();
    if (now && !leads) {
      within(gained::run);
    }
    set(now);
    tell();
  }

  private void set(boolean now) {
    lock.lock();
    try {
      leads = now;
      changed.signalAll();
    } finally {
      lock.unlock();
    }
  }

  private void tell() {
    String leader = lease.isHeld() ? "this replica" : lease.leader();
    if (!leader.isEmpty() && !leader.equals(told)) {
      told = leader;
      LOG.info("account {}: {} orders certificates", account, leader);
    }
  }

  /** Step that uses the store. */
  private interface Step {
    void run() throws IOException;
  }

  /** Runs a step within the time limit of sources; a failure is told once. */
  private void within(Step step) {
    String failure = "";
    try {
      Sources.ofFile(
          folder.path(),
          () -> {
            step.run();
            return true;
          },
          late -> {});
    } catch (IOException failed) {
      failure = failed.toString();
    } catch (UnusableFile unanswered) {
      failure = String.valueOf(unanswered.getMessage());
    } catch (RuntimeException unexpected) {
      failure = unexpected.toString();
    }
    if (!failure.equals(trouble)) {
      trouble = failure;
      if (failure.isEmpty()) {
        LOG.info("account {}: the store can be used again", account);
      } else {
        LOG.warn("account {}: this replica cannot take part in the orders: {}", account, failure);
      }
    }
  }

  /** Gives up the lease, and waits for that; what is ordered ends before. */
  @Override
  public void close() {
    stopped = true;
    lock.lock();
    try {
      changed.signalAll();
    } finally {
      lock.unlock();
    }
    if (thread != null) {
      try {
        if (!thread.join(LONGEST_STOP)) {
          LOG.warn(
              "account {}: the lease is not released, and ends after {}", account, Lease.LENGTH);
        }
      } catch (InterruptedException interrupted) {
        Thread.currentThread().interrupt();
      }
    }
  }
}
