package sallyport.mllp;

import io.netty.buffer.ByteBuf;
import java.nio.charset.StandardCharsets;

/**
 * Scan of the blocks of one direction as they pass, in pieces of any size: 0x0B, the content, 0x1C
 * 0x0D (HL7 "Transport Specification: MLLP, Release 1", section 2). Of the content it looks for the
 * segment MSA alone, and for the first letter of the acknowledgement code that begins it (HL7
 * version 2.5.1, section 2.15.8). The octets stay as they are.
 *
 * <p>Belongs to the event loop of its connection.
 */
final class MllpBlocks {
  private static final byte START = 0x0b;
  private static final byte END = 0x1c;
  private static final byte CR = '\r';

  /** What follows the end of a segment where the next one is an acknowledgement. */
  private static final byte[] ACKNOWLEDGEMENT = "MSA".getBytes(StandardCharsets.US_ASCII);

  /** The separator of fields and the first letter of the code follow the name of the segment. */
  private static final int CODE = ACKNOWLEDGEMENT.length + 1;

  /** Where a letter of a code stands for a commit acknowledgement: CA, CE, CR. */
  private static final byte COMMIT = 'C';

  private enum Place {
    BETWEEN,
    CONTENT,
    /** Behind an octet that begins the end of a block. */
    END
  }

  private enum Kind {
    MESSAGE,
    APPLICATION_ACKNOWLEDGEMENT,
    COMMIT_ACKNOWLEDGEMENT
  }

  private Place place = Place.BETWEEN;
  private Kind kind = Kind.MESSAGE;

  /** Octets of a segment's beginning that are those of MSA; -1 within a segment. */
  private int matched = -1;

  private boolean commits;
  private boolean unframed;
  private long messages;
  private long answers;

  /** Returns whether all that has passed is whole blocks. */
  boolean isBetweenBlocks() {
    return place == Place.BETWEEN && !unframed;
  }

  /**
   * Returns the number of whole blocks that want an answer. An application acknowledgement that
   * follows commit acknowledgements is one of them (HL7 version 2.5.1, section 2.9.3).
   */
  long messages() {
    return messages;
  }

  /** Returns the number of whole blocks that are answers. */
  long answers() {
    return answers;
  }

  /** Takes what passes. */
  void pass(ByteBuf octets) {
    int index = octets.readerIndex();
    final int end = octets.writerIndex();
    while (index < end && !unframed) {
      index =
          switch (place) {
            case BETWEEN -> between(octets.getByte(index), index);
            case CONTENT -> content(octets, index, end);
            case END -> ending(octets.getByte(index), index);
          };
    }
  }

  private int between(byte octet, int index) {
    switch (octet) {
      case START -> {
        place = Place.CONTENT;
        kind = Kind.MESSAGE;
        matched = -1;
      }
      case 0, '\n', CR -> {
        // Engines pad with these.
      }
      default -> unframed = true;
    }
    return index + 1;
  }

  private int content(ByteBuf octets, int index, int end) {
    int stop = octets.indexOf(index, end, END);
    if (kind == Kind.MESSAGE || matched >= 0) {
      classify(octets, index, stop < 0 ? end : stop);
    }
    if (stop < 0) {
      return end;
    }
    place = Place.END;
    return stop + 1;
  }

  private int ending(byte octet, int index) {
    if (octet == CR) {
      place = Place.BETWEEN;
      count();
      return index + 1;
    }
    place = Place.CONTENT;
    return index;
  }

  private void count() {
    switch (kind) {
      case MESSAGE -> messages++;
      case COMMIT_ACKNOWLEDGEMENT -> {
        commits = true;
        answers++;
      }
      case APPLICATION_ACKNOWLEDGEMENT -> {
        if (commits) {
          messages++;
        } else {
          answers++;
        }
      }
    }
  }

  /** Looks for MSA at the beginning of a segment, and for the letter of its code. */
  private void classify(ByteBuf octets, int from, int end) {
    int index = from;
    while (index < end) {
      if (matched < 0) {
        int segment = octets.indexOf(index, end, CR);
        if (segment < 0) {
          return;
        }
        matched = 0;
        index = segment + 1;
        continue;
      }
      byte octet = octets.getByte(index);
      index++;
      if (matched == CODE) {
        matched = -1;
        kind = octet == COMMIT ? Kind.COMMIT_ACKNOWLEDGEMENT : Kind.APPLICATION_ACKNOWLEDGEMENT;
        return;
      }
      if (matched == ACKNOWLEDGEMENT.length || octet == ACKNOWLEDGEMENT[matched]) {
        matched++;
      } else if (octet == CR || (octet == '\n' && matched == 0)) {
        matched = 0;
      } else {
        matched = -1;
      }
    }
  }
}
