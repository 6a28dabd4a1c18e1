package sallyport.fuzz;

import static sallyport.testkit.RawHttp2.CONTINUATION;
import static sallyport.testkit.RawHttp2.DATA;
import static sallyport.testkit.RawHttp2.END_HEADERS;
import static sallyport.testkit.RawHttp2.END_STREAM;
import static sallyport.testkit.RawHttp2.GOAWAY;
import static sallyport.testkit.RawHttp2.HEADERS;
import static sallyport.testkit.RawHttp2.PING;
import static sallyport.testkit.RawHttp2.PRIORITY;
import static sallyport.testkit.RawHttp2.RST_STREAM;
import static sallyport.testkit.RawHttp2.SETTINGS;
import static sallyport.testkit.RawHttp2.WINDOW_UPDATE;

import java.util.ArrayList;
import java.util.List;
import sallyport.testkit.RawHttp2;

/**
 * What clients send behind the preface, one of a kind: the frames of RFC 9113 section 6 as they
 * should be and as h2spec breaks them, the header blocks of RFC 7541, and floods.
 */
final class Http2Seeds {
  private static final int ACK = 1;
  private static final int PADDED = 8;
  private static final int PRIORITISED = 32;

  /** A GET for / out of the static table and one literal (RFC 7541 appendix A). */
  private static final String GET = "\u0082\u0087\u0084A\u0009localhost";

  /** The same, with an authority that is Huffman-coded and goes into the dynamic table. */
  private static final String HUFFMAN =
      "\u0082\u0087\u0084A\u0086\u00a0\u00e4\u001d\u0013\u009d\u0009";

  private static final String POST = "\u0083\u0087\u0084A\u0009localhost";

  private Http2Seeds() {}

  private static String frame(int type, int flags, int stream, String payload) {
    return Octets.text(RawHttp2.frame(type, flags, stream, Octets.of(payload)));
  }

  private static String head(int flags, int stream, String block) {
    return frame(HEADERS, END_HEADERS | flags, stream, block);
  }

  static List<String> all() {
    List<String> seeds = new ArrayList<>();
    String get = head(END_STREAM, 1, GET);
    String post = head(0, 1, POST);
    blocks(seeds);
    // 6.1 DATA, 6.2 HEADERS: padding, priority, the connection's stream, half closed and idle ones.
    seeds.add(post + frame(DATA, PADDED | END_STREAM, 1, "\u0003hello\0\0\0"));
    seeds.add(post + frame(DATA, PADDED | END_STREAM, 1, "\u0009hello"));
    seeds.add(frame(DATA, END_STREAM, 0, "hello"));
    seeds.add(frame(DATA, END_STREAM, 3, "hello") + get);
    seeds.add(head(PADDED | END_STREAM, 1, "\u0002" + GET + "\0\0"));
    seeds.add(head(PADDED | END_STREAM, 1, "\u00ff" + GET));
    seeds.add(head(PRIORITISED | END_STREAM, 1, "\0\0\0\0\u000f" + GET));
    seeds.add(head(PRIORITISED | END_STREAM, 1, "\0\0\0\u0001\u000f" + GET));
    seeds.add(head(END_STREAM, 0, GET));
    seeds.add(head(END_STREAM, 2, GET));
    // 6.3 PRIORITY, 6.4 RST_STREAM.
    seeds.add(frame(PRIORITY, 0, 1, "\0\0\0\0\u000f") + get);
    seeds.add(frame(PRIORITY, 0, 1, "\0\0\0\u0001\u000f") + get);
    seeds.add(frame(PRIORITY, 0, 0, "\0\0\0\0\u000f"));
    seeds.add(frame(PRIORITY, 0, 1, "\0\0\0\u000f"));
    seeds.add(post + frame(RST_STREAM, 0, 1, "\0\0\0\u0008") + head(END_STREAM, 3, GET));
    seeds.add(frame(RST_STREAM, 0, 1, "\0\0\0\u0008"));
    seeds.add(post + frame(RST_STREAM, 0, 1, "\0\0\u0008"));
    seeds.add(frame(RST_STREAM, 0, 0, "\0\0\0\u0008"));
    // 6.5 SETTINGS: each, out of range, cut, with an acknowledgement that says something.
    for (String setting :
        List.of(
            "\0\u0001\0\0\0\0",
            "\0\u0001\0\u0001\0\0",
            "\0\u0002\0\0\0\u0002",
            "\0\u0003\0\0\0\0",
            "\0\u0004\0\0\0\0",
            "\0\u0004\u0080\0\0\0",
            "\0\u0005\0\0\0\0",
            "\0\u0005\0\0@\u0001",
            "\0\u0006\0\0\0\u0001",
            "\0\u0008\0\0\0\u0002",
            "\0\u00ff\0\0\0\u0001",
            "\0\u0003\0\0")) {
      seeds.add(frame(SETTINGS, 0, 0, setting) + get);
    }
    seeds.add(frame(SETTINGS, ACK, 0, "") + get);
    seeds.add(frame(SETTINGS, ACK, 0, "\0"));
    seeds.add(frame(SETTINGS, 0, 1, ""));
    seeds.add(get + frame(SETTINGS, 0, 0, "\0\u0004\0\0\0\0") + head(END_STREAM, 3, GET));
    // 6.6 PUSH_PROMISE, 6.7 PING, 6.8 GOAWAY.
    seeds.add(frame(5, END_HEADERS, 1, "\0\0\0\u0002" + GET));
    seeds.add(frame(PING, 0, 0, "12345678") + frame(PING, ACK, 0, "12345678") + get);
    seeds.add(frame(PING, 0, 1, "12345678"));
    seeds.add(frame(PING, 0, 0, "123456"));
    seeds.add(post + frame(GOAWAY, 0, 0, "\0\0\0\u0001\0\0\0\0bye") + frame(DATA, 1, 1, "x"));
    seeds.add(frame(GOAWAY, 0, 1, "\0\0\0\0\0\0\0\0"));
    // 6.9 WINDOW_UPDATE.
    seeds.add(frame(WINDOW_UPDATE, 0, 0, "\0\0\0\u0001") + get);
    seeds.add(post + frame(WINDOW_UPDATE, 0, 1, "\0\0\0\0") + head(END_STREAM, 3, GET));
    seeds.add(frame(WINDOW_UPDATE, 0, 0, "\0\0\0\0"));
    seeds.add(frame(WINDOW_UPDATE, 0, 0, "\u007f\u00ff\u00ff\u00ff"));
    seeds.add(post + frame(WINDOW_UPDATE, 0, 1, "\u007f\u00ff\u00ff\u00ff"));
    seeds.add(frame(WINDOW_UPDATE, 0, 1, "\0\0\0\u0001"));
    // 6.10 CONTINUATION, and what comes where one should.
    seeds.add(
        frame(HEADERS, END_STREAM, 1, GET.substring(0, 5))
            + frame(CONTINUATION, 0, 1, GET.substring(5, 9))
            + frame(CONTINUATION, END_HEADERS, 1, GET.substring(9)));
    seeds.add(frame(HEADERS, END_STREAM, 1, GET) + frame(PING, 0, 0, "12345678"));
    seeds.add(frame(HEADERS, END_STREAM, 1, GET) + frame(CONTINUATION, END_HEADERS, 3, ""));
    seeds.add(frame(CONTINUATION, END_HEADERS, 1, GET));
    // 4.1, 4.2: what nobody knows, and what is too long.
    seeds.add(frame(200, 255, 1, "what") + get);
    seeds.add("@\0\u0001\0\0\0\0\0\u0001");
    // 5.1: behind the end, and backwards.
    seeds.add(get + head(END_STREAM, 1, GET));
    seeds.add(get + frame(DATA, END_STREAM, 1, "late"));
    seeds.add(head(END_STREAM, 5, GET) + head(END_STREAM, 3, GET));
    seeds.add(
        head(0, 1, POST)
            + head(0, 3, POST)
            + head(0, 5, POST)
            + head(0, 7, POST)
            + head(0, 9, POST));
    floods(seeds);
    return seeds;
  }

  private static void blocks(List<String> seeds) {
    seeds.add(head(END_STREAM, 1, GET));
    seeds.add(head(END_STREAM, 1, HUFFMAN) + head(END_STREAM, 3, "\u0082\u0087\u0084\u00be"));
    // Never indexed, without indexing, and a table that shrinks.
    seeds.add(head(END_STREAM, 1, GET + "\u0010\u0001a\u0001b\0\u0001c\u0001d"));
    seeds.add(head(END_STREAM, 1, " " + GET + "@\u0001a\u0001b"));
    seeds.add(head(END_STREAM, 1, "?\u00e1\u001f" + GET));
    // No such index, a table above the limit, a string that is cut, padding of more than 7 bits.
    seeds.add(head(END_STREAM, 1, GET + "\u00ff\u0001"));
    seeds.add(head(END_STREAM, 1, "\u0080"));
    seeds.add(head(END_STREAM, 1, "?\u00e2\u001f" + GET));
    seeds.add(head(END_STREAM, 1, GET + "\0\u0005abc"));
    seeds.add(head(END_STREAM, 1, GET + "\0\u0001a\u0083\u001f\u00ff\u00ff"));
    seeds.add(head(END_STREAM, 1, GET + "\u00ff\u00ff\u00ff\u00ff\u00ff\u00ff"));
    // One field of 600 octets, named again and again.
    seeds.add(
        head(
            END_STREAM,
            1,
            GET + "@\u0001a\u007f\u00d9\u0003" + "b".repeat(600) + "\u00be".repeat(20)));
  }

  private static void floods(List<String> seeds) {
    seeds.add(frame(PING, 0, 0, "12345678").repeat(20));
    seeds.add(frame(SETTINGS, 0, 0, "").repeat(20));
    seeds.add(frame(PRIORITY, 0, 1, "\0\0\0\0\u000f").repeat(20));
    seeds.add(frame(200, 0, 0, "").repeat(20));
    seeds.add(head(0, 1, POST) + frame(DATA, 0, 1, "").repeat(8));
    seeds.add(frame(HEADERS, 0, 1, "") + frame(CONTINUATION, 0, 1, "").repeat(20));
    StringBuilder resets = new StringBuilder();
    for (int stream = 1; stream < 25; stream += 2) {
      resets.append(head(0, stream, POST)).append(frame(RST_STREAM, 0, stream, "\0\0\0\u0008"));
    }
    seeds.add(resets.toString());
  }
}
