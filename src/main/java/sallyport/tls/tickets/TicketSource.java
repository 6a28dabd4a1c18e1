package sallyport.tls.tickets;

import java.security.SecureRandom;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Deque;
import java.util.List;
import sallyport.config.tls.SessionTicketsConfig;
import sallyport.credentials.tickets.TicketKey;
import sallyport.credentials.tickets.TicketSecret;

/**
 * Source of the ticket keys that are valid at a time.
 *
 * <p>For one thread.
 */
sealed interface TicketSource {
  /**
   * Returns the keys whose tickets are accepted; the first seals. Empty where there are to be no
   * tickets.
   */
  List<TicketKey> at(Instant now);

  /** Source without keys, for no tickets. */
  record Off() implements TicketSource {
    @Override
    public List<TicketKey> at(Instant now) {
      return List.of();
    }
  }

  /** Source that generates keys, one after the other. */
  final class Memory implements TicketSource {
    private final SessionTicketsConfig config;
    private final SecureRandom random = new SecureRandom();

    /** Keys in use, the newest first. */
    private final Deque<TicketKey> keys = new ArrayDeque<>();

    /**
     * @param before those that were made under another configuration, the newest first
     */
    Memory(SessionTicketsConfig config, List<TicketKey> before) {
      this.config = config;
      keys.addAll(before);
    }

    @Override
    public List<TicketKey> at(Instant now) {
      if (keys.isEmpty() || !now.isBefore(keys.getFirst().from().plus(config.life()))) {
        keys.addFirst(TicketKey.random(now, random));
      }
      Duration span = config.life().plus(config.accepted());
      keys.removeIf(key -> !now.isBefore(key.from().plus(span)));
      return List.copyOf(keys);
    }
  }

  /**
   * Source of keys in a folder. A key seals from its own time on, until the next one does. A key is
   * accepted before its time, so that it can be distributed without haste.
   *
   * @param keys the oldest first
   * @param span from the time of a key to the end of its tickets, whether or not another follows
   */
  record Folder(List<TicketKey> keys, Duration span) implements TicketSource {
    @Override
    public List<TicketKey> at(Instant now) {
      List<TicketKey> taken = new ArrayList<>();
      for (TicketKey key : keys) {
        if (now.isBefore(key.from().plus(span))) {
          boolean seals = taken.isEmpty() || !key.from().isAfter(now);
          taken.add(seals ? 0 : taken.size(), key);
        }
      }
      return List.copyOf(taken);
    }
  }

  /**
   * Source of keys that are computed for windows of time, counted from 1970: all replicas change
   * keys at the same moment, as well as their clocks agree.
   *
   * @param secrets the first seals
   * @param early how long before its window a key's tickets are taken
   */
  record Derived(
      String owner, List<TicketSecret> secrets, Duration life, Duration accepted, Duration early)
      implements TicketSource {
    @Override
    public List<TicketKey> at(Instant now) {
      long current = window(now);
      List<TicketKey> taken = new ArrayList<>();
      for (TicketSecret secret : secrets) {
        taken.add(key(secret, current));
        for (long next = window(now.plus(early)); next > current; next--) {
          taken.add(key(secret, next));
        }
        for (long old = current - 1; old >= window(now.minus(accepted)); old--) {
          taken.add(key(secret, old));
        }
      }
      return taken.stream().distinct().toList();
    }

    private long window(Instant time) {
      return Math.floorDiv(time.toEpochMilli(), life.toMillis());
    }

    private TicketKey key(TicketSecret secret, long window) {
      return secret.derive(owner, window * life.toMillis(), life.toMillis());
    }
  }
}
