/** Help on the phone: a page to read, with what every page of a collector does. */

import { startShell } from "./field/shell.js";

startShell();
