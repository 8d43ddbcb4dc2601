using System.Runtime.CompilerServices;

// Field arithmetic has large frames that are written before they are read; clearing them costs more than some of the products.
[module: SkipLocalsInit]
