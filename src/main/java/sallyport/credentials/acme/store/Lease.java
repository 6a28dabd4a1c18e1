package sallyport.credentials.acme.store;

import java.io.IOException;
import java.nio.file.FileAlreadyExistsException;
import java.nio.file.NoSuchFileException;
import java.time.Duration;
import java.util.UUID;
import java.util.function.LongSupplier;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/**
 * Lease on the orders of an account, which one replica holds at a time.
 *
 * <p>Each lease is a file with the next number, and the highest number holds. A replica takes the
 * lease by the exclusive creation of the next file, so that one of several does. Its owner renews
 * it by another count. It is over when its owner releases it, or when a replica has seen the same
 * text for {@link #LENGTH}, by a clock of its own: clocks of replicas are not compared. The owner
 * stops earlier than others may begin.
 *
 * <p>{@link #look} and {@link #release} belong to one thread at a time; the rest is for any.
 */
final class Lease {
  /** How long a text has to stand still for others. */
  static final Duration LENGTH = Duration.ofSeconds(20);

  /** How long the owner may rely on it: less, since clocks may run at other speeds. */
  static final Duration OWN_LENGTH = Duration.ofSeconds(15);

  private static final String PREFIX = "leader.";
  private static final Pattern NAME = Pattern.compile("leader\\.([1-9][0-9]{0,17})");

  private final SharedFolder folder;
  private final String owner;
  private final String nonce = UUID.randomUUID().toString().replace("-", "");
  private final LongSupplier nanos;

  /** Number of the own lease; 0 for none. */
  private long mine;

  private long count;

  /** What was seen of another's, and since when. */
  private long seenNumber;

  private String seenText = "";
  private long seenSince;

  private volatile boolean holding;
  private volatile long holdsUntil;
  private volatile String leader = "";

  /**
   * @param owner says to people who holds it
   * @param nanos a clock that is never set
   */
  Lease(SharedFolder folder, String owner, LongSupplier nanos) {
    this.folder = folder;
    this.owner = owner;
    this.nanos = nanos;
  }

  /** Returns whether this replica holds the lease now. */
  boolean isHeld() {
    return holding && nanos.getAsLong() - holdsUntil < 0;
  }

  /** Returns the owner as of the last look; empty where it is not known. */
  String leader() {
    return leader;
  }

  /** Renews the own lease, or takes one that is over. Due every few seconds. */
  void look() throws IOException {
    if (mine != 0) {
      renew();
    }
    if (mine == 0) {
      observe();
    }
  }

  private void renew() throws IOException {
    long begun = nanos.getAsLong();
    if (begun - holdsUntil >= 0 || newest() != mine) {
      lose();
      return;
    }
    count++;
    folder.replace(name(mine), record(false));
    if (nanos.getAsLong() - holdsUntil >= 0) {
      // Others may have seen the text before for too long by now.
      lose();
      return;
    }
    hold(begun);
  }

  private void observe() throws IOException {
    long newest = newest();
    String text = "";
    if (newest != 0) {
      try {
        text = folder.read(name(newest));
      } catch (NoSuchFileException replacedMeanwhile) {
        return;
      }
    }
    long now = nanos.getAsLong();
    if (newest != seenNumber || !text.equals(seenText)) {
      seenNumber = newest;
      seenText = text;
      seenSince = now;
    }
    LeaseRecord record = LeaseRecord.parse(text);
    boolean released = newest == 0 || (record != null && record.released());
    leader = record == null || released ? "" : record.owner();
    if (released || now - seenSince >= LENGTH.toNanos()) {
      take(newest + 1);
    }
  }

  private void take(long number) throws IOException {
    long begun = nanos.getAsLong();
    count = 1;
    try {
      folder.create(name(number), record(false));
    } catch (FileAlreadyExistsException another) {
      return;
    }
    if (newest() != number) {
      // It was too late: others have gone further, and cleared the number away.
      folder.delete(name(number));
      return;
    }
    mine = number;
    hold(begun);
    folder.deleteDrafts();
    for (String name : folder.names()) {
      if (number(name) != 0 && number(name) < number) {
        folder.delete(name);
      }
    }
  }

  private void hold(long since) {
    holdsUntil = since + OWN_LENGTH.toNanos();
    holding = true;
    leader = owner;
  }

  private void lose() {
    mine = 0;
    holding = false;
    leader = "";
  }

  /** Gives the lease up, so that another can take it at once; does nothing without one. */
  void release() throws IOException {
    boolean held = isHeld();
    long number = mine;
    lose();
    if (held) {
      count++;
      folder.replace(name(number), record(true));
    }
  }

  private String record(boolean released) {
    return new LeaseRecord(owner, nonce, count, released).text();
  }

  private long newest() throws IOException {
    return folder.names().stream().mapToLong(Lease::number).max().orElse(0);
  }

  private static String name(long number) {
    return PREFIX + number;
  }

  /** Returns the number of a lease; 0 for another file. */
  private static long number(String name) {
    Matcher found = NAME.matcher(name);
    return found.matches() ? Long.parseLong(found.group(1)) : 0;
  }
}
