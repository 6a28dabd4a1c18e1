package sallyport.http.codec;

import io.netty.handler.codec.DateFormatter;
import io.netty.handler.codec.http.HttpHeaders;
import io.netty.util.AsciiString;
import java.util.AbstractMap.SimpleImmutableEntry;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Calendar;
import java.util.Collections;
import java.util.Date;
import java.util.Iterator;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.NoSuchElementException;
import java.util.Set;
import java.util.function.Function;
import org.jspecify.annotations.Nullable;

/**
 * Header or trailer fields in the order of their lines, in arrays. Names are compared without
 * regard to case (RFC 9110 section 5.1). Neither names nor values are validated.
 *
 * <p>A section has few fields, and most questions are about fields that it does not have: a bit for
 * each name's hash answers those, and a scan of the hashes the others. Values that arrive as {@link
 * AsciiString} are kept so, and become a {@link String} on request. An iterator is invalid after a
 * change.
 *
 * <p>Used by one thread at a time.
 */
public final class HeaderFields extends HttpHeaders {
  private static final int USUAL = 16;

  private CharSequence[] names = new CharSequence[USUAL];
  private CharSequence[] values = new CharSequence[USUAL];
  private int[] hashes = new int[USUAL];
  private int size;

  /** A bit for each name that is or was there: a bit that is not set is a name that is absent. */
  private long present;

  /** Returns these fields: the same object where it is one of this class, a copy elsewhere. */
  public static HeaderFields of(HttpHeaders headers) {
    return headers instanceof HeaderFields fields ? fields : new HeaderFields().add(headers);
  }

  // ---- by position

  /** Returns the name at a position from 0 to {@link #size} - 1. */
  public CharSequence name(int at) {
    return names[at];
  }

  /** Returns the value at a position from 0 to {@link #size} - 1. */
  public CharSequence value(int at) {
    return values[at];
  }

  // ---- search

  private static long bit(int hash) {
    // The low bits of Netty's hash repeat the last letters.
    return 1L << ((hash * 0x9E3779B1) >>> 26);
  }

  // Most names are constants.
  @SuppressWarnings("ReferenceEquality")
  private boolean isAt(int at, int hash, CharSequence name) {
    return hashes[at] == hash
        && (names[at] == name || AsciiString.contentEqualsIgnoreCase(names[at], name));
  }

  /** Returns the first position of a name from here on; -1 for none. */
  private int find(CharSequence name, int hash, int from) {
    if ((present & bit(hash)) != 0) {
      for (int i = from; i < size; i++) {
        if (isAt(i, hash, name)) {
          return i;
        }
      }
    }
    return -1;
  }

  private @Nullable CharSequence first(CharSequence name) {
    int at = find(name, AsciiString.hashCode(name), 0);
    return at < 0 ? null : values[at];
  }

  @Override
  public @Nullable String get(CharSequence name) {
    CharSequence value = first(name);
    return value == null ? null : value.toString();
  }

  @Override
  public @Nullable String get(String name) {
    return get((CharSequence) name);
  }

  @Override
  public boolean contains(CharSequence name) {
    return find(name, AsciiString.hashCode(name), 0) >= 0;
  }

  @Override
  public boolean contains(String name) {
    return contains((CharSequence) name);
  }

  /** Returns the values of a name; the list must not be changed. */
  @Override
  public List<String> getAll(CharSequence name) {
    int hash = AsciiString.hashCode(name);
    int at = find(name, hash, 0);
    if (at < 0) {
      return Collections.emptyList();
    }
    int next = find(name, hash, at + 1);
    if (next < 0) {
      return Collections.singletonList(values[at].toString());
    }
    List<String> all = new ArrayList<>();
    all.add(values[at].toString());
    for (; next >= 0; next = find(name, hash, next + 1)) {
      all.add(values[next].toString());
    }
    return Collections.unmodifiableList(all);
  }

  @Override
  public List<String> getAll(String name) {
    return getAll((CharSequence) name);
  }

  @Override
  public Iterator<String> valueStringIterator(CharSequence name) {
    return getAll(name).iterator();
  }

  @Override
  public Iterator<? extends CharSequence> valueCharSequenceIterator(CharSequence name) {
    return getAll(name).iterator();
  }

  @Override
  public boolean contains(String name, String value, boolean ignoreCase) {
    return contains((CharSequence) name, value, ignoreCase);
  }

  @Override
  public boolean contains(CharSequence name, CharSequence value, boolean ignoreCase) {
    int hash = AsciiString.hashCode(name);
    for (int at = find(name, hash, 0); at >= 0; at = find(name, hash, at + 1)) {
      if (ignoreCase
          ? AsciiString.contentEqualsIgnoreCase(values[at], value)
          : AsciiString.contentEquals(values[at], value)) {
        return true;
      }
    }
    return false;
  }

  // ---- numbers and dates

  /** Returns the first value as a number; null if there is none, or an invalid one. */
  private <N extends Number> @Nullable N number(CharSequence name, Function<String, N> parser) {
    CharSequence value = first(name);
    try {
      return value == null ? null : parser.apply(value.toString());
    } catch (NumberFormatException e) {
      return null;
    }
  }

  @Override
  public @Nullable Integer getInt(CharSequence name) {
    return number(name, Integer::valueOf);
  }

  @Override
  public int getInt(CharSequence name, int otherwise) {
    Integer value = getInt(name);
    return value == null ? otherwise : value;
  }

  @Override
  public @Nullable Short getShort(CharSequence name) {
    return number(name, Short::valueOf);
  }

  @Override
  public short getShort(CharSequence name, short otherwise) {
    Short value = getShort(name);
    return value == null ? otherwise : value;
  }

  @Override
  @SuppressWarnings("JavaUtilDate")
  public @Nullable Long getTimeMillis(CharSequence name) {
    CharSequence value = first(name);
    Date date = value == null ? null : DateFormatter.parseHttpDate(value);
    return date == null ? null : date.getTime();
  }

  @Override
  public long getTimeMillis(CharSequence name, long otherwise) {
    Long value = getTimeMillis(name);
    return value == null ? otherwise : value;
  }

  // ---- change

  private void append(CharSequence name, int hash, CharSequence value) {
    if (size == names.length) {
      int more = size * 2;
      names = Arrays.copyOf(names, more);
      values = Arrays.copyOf(values, more);
      hashes = Arrays.copyOf(hashes, more);
    }
    names[size] = name;
    values[size] = value;
    hashes[size] = hash;
    size++;
    present |= bit(hash);
  }

  private void removeAll(CharSequence name, int hash) {
    int kept = find(name, hash, 0);
    if (kept < 0) {
      return;
    }
    for (int i = kept + 1; i < size; i++) {
      if (!isAt(i, hash, name)) {
        names[kept] = names[i];
        values[kept] = values[i];
        hashes[kept] = hashes[i];
        kept++;
      }
    }
    Arrays.fill(names, kept, size, null);
    Arrays.fill(values, kept, size, null);
    size = kept;
  }

  // Netty's interface takes these kinds of dates.
  @SuppressWarnings("JavaUtilDate")
  private static CharSequence text(Object value) {
    if (value instanceof CharSequence text) {
      return text;
    }
    return switch (value) {
      case Date date -> DateFormatter.format(date);
      case Calendar calendar -> DateFormatter.format(calendar.getTime());
      default -> value.toString();
    };
  }

  @Override
  public HeaderFields add(CharSequence name, Object value) {
    append(name, AsciiString.hashCode(name), text(value));
    return this;
  }

  @Override
  public HeaderFields add(String name, Object value) {
    return add((CharSequence) name, value);
  }

  @Override
  public HeaderFields add(CharSequence name, Iterable<?> all) {
    int hash = AsciiString.hashCode(name);
    for (Object value : all) {
      append(name, hash, text(value));
    }
    return this;
  }

  @Override
  public HeaderFields add(String name, Iterable<?> all) {
    return add((CharSequence) name, all);
  }

  @Override
  public HeaderFields addInt(CharSequence name, int value) {
    return add(name, Integer.toString(value));
  }

  @Override
  public HeaderFields addShort(CharSequence name, short value) {
    return add(name, Short.toString(value));
  }

  @Override
  public HeaderFields add(HttpHeaders from) {
    Iterator<Map.Entry<CharSequence, CharSequence>> fields = from.iteratorCharSequence();
    while (fields.hasNext()) {
      Map.Entry<CharSequence, CharSequence> field = fields.next();
      add(field.getKey(), field.getValue());
    }
    return this;
  }

  @Override
  public HeaderFields set(CharSequence name, Object value) {
    int hash = AsciiString.hashCode(name);
    removeAll(name, hash);
    append(name, hash, text(value));
    return this;
  }

  @Override
  public HeaderFields set(String name, Object value) {
    return set((CharSequence) name, value);
  }

  @Override
  public HeaderFields set(CharSequence name, Iterable<?> all) {
    remove(name);
    return add(name, all);
  }

  @Override
  public HeaderFields set(String name, Iterable<?> all) {
    return set((CharSequence) name, all);
  }

  @Override
  public HeaderFields setInt(CharSequence name, int value) {
    return set(name, Integer.toString(value));
  }

  @Override
  public HeaderFields setShort(CharSequence name, short value) {
    return set(name, Short.toString(value));
  }

  @Override
  public HeaderFields remove(CharSequence name) {
    removeAll(name, AsciiString.hashCode(name));
    return this;
  }

  @Override
  public HeaderFields remove(String name) {
    return remove((CharSequence) name);
  }

  @Override
  public HeaderFields clear() {
    Arrays.fill(names, 0, size, null);
    Arrays.fill(values, 0, size, null);
    size = 0;
    present = 0;
    return this;
  }

  // ---- all of them

  @Override
  public boolean isEmpty() {
    return size == 0;
  }

  @Override
  public int size() {
    return size;
  }

  @Override
  public Set<String> names() {
    Set<String> all = new LinkedHashSet<>();
    for (int i = 0; i < size; i++) {
      all.add(names[i].toString());
    }
    return all;
  }

  @Override
  public List<Map.Entry<String, String>> entries() {
    List<Map.Entry<String, String>> all = new ArrayList<>(size);
    for (int i = 0; i < size; i++) {
      all.add(new SimpleImmutableEntry<>(names[i].toString(), values[i].toString()));
    }
    return all;
  }

  /** Netty asks for no such thing; for-each loops of tests do. */
  @Override
  @SuppressWarnings("deprecation")
  public Iterator<Map.Entry<String, String>> iterator() {
    return entries().iterator();
  }

  @Override
  public Iterator<Map.Entry<CharSequence, CharSequence>> iteratorCharSequence() {
    return new Fields();
  }

  @Override
  public HttpHeaders copy() {
    return new HeaderFields().add(this);
  }

  private final class Fields implements Iterator<Map.Entry<CharSequence, CharSequence>> {
    private int next;

    @Override
    public boolean hasNext() {
      return next < size;
    }

    @Override
    public Map.Entry<CharSequence, CharSequence> next() {
      if (next >= size) {
        throw new NoSuchElementException();
      }
      int at = next++;
      return new SimpleImmutableEntry<>(names[at], values[at]);
    }
  }
}
