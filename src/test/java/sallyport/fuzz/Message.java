package sallyport.fuzz;

import java.util.ArrayList;
import java.util.List;

/** One HTTP message as somebody read it: a decoder of the gateway's, or the peer behind it. */
final class Message {
  /** A field line, its value without the white space around it. */
  record Field(String name, String value) {
    boolean is(String other) {
      return name.equalsIgnoreCase(other);
    }

    @Override
    public String toString() {
      return name + ": " + Octets.escape(value);
    }
  }

  /** Where its body ends. */
  enum Framing {
    NONE,
    LENGTH,
    CHUNKED,
    CLOSE
  }

  /** Of a request; empty in a response. */
  String method = "";

  /** Of a request, as it stands in the message. */
  String target = "";

  /** Of a response; 0 in a request. */
  int status;

  boolean http10;
  Framing framing = Framing.NONE;
  final List<Field> fields = new ArrayList<>();
  final StringBuilder body = new StringBuilder();
  final List<Field> trailers = new ArrayList<>();

  /** Whether its end has been seen. */
  boolean whole;

  /** Why the gateway does not take it for a message, or no more; empty while it does. */
  String failure = "";

  /** Where the next message begins, in the bytes that this one was read from. */
  int end;

  List<String> all(String name) {
    return fields.stream().filter(field -> field.is(name)).map(Field::value).toList();
  }

  boolean isInterim() {
    return status / 100 == 1 && status != 101;
  }

  @Override
  public String toString() {
    String start = status > 0 ? Integer.toString(status) : method + " " + Octets.escape(target);
    return start
        + " "
        + framing
        + " "
        + fields
        + " body '"
        + Octets.escape(body.toString())
        + "' trailers "
        + trailers
        + (whole ? "" : " not whole")
        + (failure.isEmpty() ? "" : " " + failure);
  }
}
